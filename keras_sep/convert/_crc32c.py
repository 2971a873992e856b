"""The checksum that TensorFlow's checkpoints have for every tensor."""

import numpy as np

_POLYNOMIAL = 0x82F63B78  # of Castagnoli, its bits reversed
_LANES = 4096  # stretches of the bytes that are summed side by side


def crc32c(data: bytes | memoryview) -> int:
    """CRC-32C of some bytes.

    The sum is linear: stretches of equal length are summed by themselves, all at once, and put
    together by what so many zeros after them make of their sums.

    >>> hex(crc32c(b"123456789"))
    '0xe3069283'
    """
    numbers = np.frombuffer(data, np.uint8)
    length = len(numbers) // _LANES
    state = 0xFFFFFFFF
    if length:
        lanes = np.ascontiguousarray(numbers[: length * _LANES].reshape(_LANES, length).T)
        sums = np.zeros(_LANES, np.uint32)
        for row in lanes:
            sums = _TABLE[(sums ^ row) & 0xFF] ^ (sums >> 8)
        after = _power(length)
        for one in sums.tolist():
            state = _product(after, state) ^ one
    for number in numbers[length * _LANES :].tolist():
        state = int(_TABLE[(state ^ number) & 0xFF]) ^ (state >> 8)
    return state ^ 0xFFFFFFFF


def _table() -> np.ndarray:
    table = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        table = np.where(table & 1, (table >> 1) ^ np.uint32(_POLYNOMIAL), table >> 1)
    return table.astype(np.uint32)


def _power(count: int) -> list[int]:
    """What `count` zero bytes make of each bit of a sum."""
    single = [int(_TABLE[(1 << bit) & 0xFF]) ^ ((1 << bit) >> 8) for bit in range(32)]
    power = [1 << bit for bit in range(32)]
    while count:
        if count & 1:
            power = [_product(single, column) for column in power]
        single = [_product(single, column) for column in single]
        count >>= 1
    return power


def _product(columns: list[int], state: int) -> int:
    product = 0
    for column in columns:
        if state & 1:
            product ^= column
        state >>= 1
    return product


_TABLE = _table()
