-- Run once, when PostgreSQL's data folder is made. The database `optuna` is there already; MLflow's cannot be the same
-- one, since both keep the version of their tables under one name.
CREATE DATABASE mlflow;
