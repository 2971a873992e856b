"""Headers, frames and tags of single formats, read to find files that were cut."""
