"""Service areas before they are deployed: `python -m infra.areas` says what is wrong with the files, if anything."""

from infra.areas.files import CITIES, AreaFilesError, check, faults

__all__ = ["CITIES", "AreaFilesError", "check", "faults"]
