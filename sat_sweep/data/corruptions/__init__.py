"""Common corruptions of images, fifteen kinds at five severities, named and set as those of CIFAR-10-C."""

from sat_sweep.data.corruptions._base import GROUPS, SEVERITIES, corrupted, corruptions

__all__ = ["GROUPS", "SEVERITIES", "corrupted", "corruptions"]
