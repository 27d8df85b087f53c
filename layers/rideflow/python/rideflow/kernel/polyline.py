"""Lines as short texts, in Google's encoded polyline format with five decimals (about a metre).

https://developers.google.com/maps/documentation/utilities/polylinealgorithm
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rideflow.kernel.geo import Point

_SCALE = 100_000


def encoded(line: Iterable[Point]) -> str:
    lat = lng = 0
    text: list[str] = []
    for point in line:
        to_lat, to_lng = round(point.lat * _SCALE), round(point.lng * _SCALE)
        text += [_number(to_lat - lat), _number(to_lng - lng)]
        lat, lng = to_lat, to_lng
    return "".join(text)


def decoded(text: str) -> list[Point]:
    """The inverse of `encoded`, to five decimals. Raises `ValueError` for a text that ends within a place."""
    numbers = list(_numbers(text))
    if len(numbers) % 2:
        raise ValueError("a polyline ends between latitude and longitude")
    lat = lng = 0
    line = []
    for north, east in zip(numbers[::2], numbers[1::2], strict=True):
        lat, lng = lat + north, lng + east
        line.append(Point(lat=lat / _SCALE, lng=lng / _SCALE))
    return line


def _number(value: int) -> str:
    """The number as characters of five bits, the lowest first. The lowest bit of all is the sign."""
    rest, text = (~(value << 1) if value < 0 else value << 1), ""
    while rest >= 0x20:
        text += chr((rest & 0x1F | 0x20) + 63)
        rest >>= 5
    return text + chr(rest + 63)


def _numbers(text: str) -> Iterator[int]:
    value = shift = 0
    for character in text:
        bits = ord(character) - 63
        value |= (bits & 0x1F) << shift
        shift += 5
        if bits < 0x20:
            yield ~(value >> 1) if value & 1 else value >> 1
            value = shift = 0
    if shift:
        raise ValueError("a polyline ends within a number")
