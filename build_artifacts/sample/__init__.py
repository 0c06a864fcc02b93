"""A made-up but realistic CRM, and calls of its companies: the same for the same seed."""

from build_artifacts.sample.write import SamplePaths, write_sample

__all__ = ["SamplePaths", "write_sample"]
