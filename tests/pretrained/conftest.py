"""What all tests of published weights share."""

from publishers import home, publish, publisher

__all__ = ["home", "publish", "publisher"]
