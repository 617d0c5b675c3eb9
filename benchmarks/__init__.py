"""Benchmarks that anyone can run, each with what people would use instead beside it; figures are in README.md."""
