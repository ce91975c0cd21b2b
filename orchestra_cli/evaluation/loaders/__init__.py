"""Files of public benchmarks, as they are found on a disk, become tasks. Nothing is downloaded."""
