"""What the headers, frames and tags of single formats say, for finding files that were cut."""
