"""A finished sweep's winner as a model: weights, operations, classes, preprocessing, card."""
