"""Boxes as SVG: rows from top to bottom, branches beside each other, long ways at the sides.

Lines and text have the colour of the page's text, and boxes the classes of their kind.
"""

from xml.sax.saxutils import escape

from website.graph import PLUMBING

WIDTH = 320  # of all boxes beside each other
MARGIN = 6
LANE = 7  # between lines at a side
GAP = 34  # between rows
BESIDE = 12  # between boxes of a row
WIDEST = 250
LETTER = {12: 6.9, 10.5: 5.8}  # of a sans-serif font, about
TIMES = "\N{MULTIPLICATION SIGN}"
MOST_LINES = 3


def svg(boxes, title):
    """A drawing of what `graph.boxes` found.

    Args:
        boxes: Boxes, each after those that it reads.
        title: Name of the drawing, for who does not see it.
    """
    rows = _rows(boxes)
    ways = _ways(boxes, rows)
    places, height = _places(rows)
    edges = _edges(places, ways)
    start = min([x for x, *_ in places.values()] + [*edges.values()]) - MARGIN
    end = max([x + width for x, _, width, _ in places.values()] + [*edges.values()]) + MARGIN
    parts = [_line(a, b, places, edges, rows) for a in boxes for b in a.after]
    parts += [_box(box, *places[box]) for box in boxes]
    head = (
        '<svg xmlns="http://www.w3.org/2000/svg" '
        f'viewBox="{start:.0f} 0 {end - start:.0f} {height}" '
        f'style="max-width:{1.3 * (end - start):.0f}px" role="img" aria-label="{escape(title)}" '
        'fill="none" stroke="none" font-family="sans-serif">'
    )
    tip = (
        '<marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
        'orient="auto"><path d="M0 0 8 4 0 8z" fill="currentColor"/></marker>'
    )
    return "\n".join([head, tip, *parts, "</svg>", ""])


def _rows(boxes):
    """Each box in the row after the last that it reads; near what reads it, if nothing hinders."""
    row = {}
    for box in boxes:
        row[box] = 1 + max((row[one] for one in box.before), default=-1)
    for box in reversed(boxes):
        if box.before and box.after and len(box.before) == 1:
            last = min(row[one] for one in box.after) - 1
            if last - row[box] > 1:
                row[box] = last
    rows = [[] for _ in range(1 + max(row.values()))]
    place = {}
    for box in sorted(boxes, key=lambda one: row[one]):
        rows[row[box]].append(box)
    for one in rows:
        one.sort(key=lambda box: _middle([place.get(other, 0.5) for other in box.before]))
        place.update({box: (i + 0.5) / len(one) for i, box in enumerate(one)})
    return [one for one in rows if one]


def _middle(values):
    return sum(values) / len(values) if values else 0.5


def _ways(boxes, rows):
    """Side and lane of every line that passes a row."""
    row = {box: i for i, one in enumerate(rows) for box in one}
    place = {box: (i, len(one)) for one in rows for i, box in enumerate(one)}
    long = [(a, b) for a in boxes for b in a.after if row[b] - row[a] > 1]
    found, taken = {}, ({}, {})
    for a, b in sorted(long, key=lambda way: row[way[1]] - row[way[0]]):
        at, of = place[a] if place[a][1] > 1 else place[b]
        side = 0 if of > 1 and at == 0 else 1
        lane = 0
        shared = [known for (one, _), (where, known) in found.items() if one is a and where == side]
        if shared:
            lane = shared[0]
            if any(
                one is not a and low < row[b] and row[a] < high
                for one, low, high in taken[side].get(lane, [])
            ):
                lane = 0
                shared = []
        while not shared and any(
            low < row[b] and row[a] < high for _, low, high in taken[side].get(lane, [])
        ):
            lane += 1
        taken[side].setdefault(lane, []).append((a, row[a], row[b]))
        found[a, b] = side, lane
    return found


def _edges(places, ways):
    """Where every line at a side runs: the shorter it is, the closer to the boxes."""
    left = min(x for x, *_ in places.values())
    right = max(x + width for x, _, width, _ in places.values())
    return {
        way: right + BESIDE + LANE * lane if side else left - BESIDE - LANE * lane
        for way, (side, lane) in ways.items()
    }


def _places(rows):
    """Left, top, width and height of every box, and the height of all."""
    places, top = {}, 8
    for row in rows:
        width = min((WIDTH - BESIDE * (len(row) - 1)) / len(row), WIDEST)
        start = (WIDTH - width * len(row) - BESIDE * (len(row) - 1)) / 2
        heights = [_height(box, width) for box in row]
        for i, box in enumerate(row):
            places[box] = (start + i * (width + BESIDE), top, width, heights[i])
        top += max(heights) + GAP
    return places, round(top - GAP + 22)


def _title(box):
    return ", ".join(title.replace("_", " ") for title in box.titles if title)


def _lines(box, width):
    """Words for the layers, in lines that fit."""
    words = [word for word in box.layers if word not in PLUMBING] or box.layers
    counted = []
    for word in words:
        if counted and counted[-1][0] == word:
            counted[-1][1] += 1
        else:
            counted.append([word, 1])
    texts = [word if times == 1 else f"{word} {TIMES}{times}" for word, times in counted]
    most = int((width - 10) / LETTER[10.5])
    lines = [texts[0]]
    for text in texts[1:]:
        longer = f"{lines[-1]} · {text}"
        if len(longer) <= most:
            lines[-1] = longer
        else:
            lines.append(text)
    lines = [_shortened(line, most) for line in lines]
    return lines if len(lines) <= MOST_LINES else [*lines[:MOST_LINES], "…"]


def _shortened(line, most):
    return line if len(line) <= most else line[: most - 1] + "…"


def _height(box, width):
    return 10 + (15 if _title(box) else 0) + 13 * len(_lines(box, width))


def _box(box, x, y, width, height):
    times = f" {TIMES} {box.times}" if box.times > 1 else ""
    title = _shortened(_title(box), int((width - 10) / LETTER[12]) - len(times)) + times
    parts = [
        f'<rect class="{box.kind}" x="{x:.0f}" y="{y}" width="{width:.0f}" height="{height}" '
        'rx="5" stroke="currentColor"/>'
    ]
    if box.times > 1:  # a pile
        path = f"M{x + 5:.0f} {y + height + 3}h{width - 2:.0f}v-{height - 4}"
        parts.append(f'<path d="{path}" stroke="currentColor"/>')
    middle, line = x + width / 2, y + 4
    if title:
        line += 13
        parts.append(_text(middle, line, 12, title, ' font-weight="bold"'))
        line += 2
    for text in _lines(box, width):
        line += 12
        parts.append(_text(middle, line, 10.5, text))
        line += 1
    shapes = _shapes(box)
    if shapes:
        parts.append(
            _text(middle + 6, y + height + 15, 10.5, shapes, ' class="shape"', anchor="start")
        )
    return "\n".join(parts)


def _shapes(box):
    """Shapes that leave a box, without statistics of the whole recording."""
    large = [shape for shape in box.shapes if set(shape[1:]) != {1}] or box.shapes
    texts = [TIMES.join("T" if size is None else str(size) for size in one[1:]) for one in large]
    return ", ".join(f"B{TIMES}{text}" for text in dict.fromkeys(texts[:2]))


def _text(x, y, size, text, more="", anchor="middle"):
    return (
        f'<text x="{x:.0f}" y="{y}" font-size="{size}" text-anchor="{anchor}" '
        f'fill="currentColor"{more}>{escape(text)}</text>'
    )


def _line(a, b, places, edges, rows):
    ax, ay, aw, ah = places[a]
    bx, by, bw, bh = places[b]
    if (a, b) not in edges:
        x, y, to, end = ax + aw / 2, ay + ah, bx + bw / 2, by - 2
        path = f"M{x:.0f} {y}V{end}" if x == to else f"M{x:.0f} {y}V{end - 14}H{to:.0f}V{end}"
    else:
        edge = edges[a, b]
        side = edge > ax
        x, to = (ax + aw, bx + bw + 2) if side else (ax, bx - 2)
        start = ay + ah / 2
        if _covered(a, side, rows):  # another box lies between: around below it
            x, start = ax + aw / 2, ay + ah + 20
            path = f"M{x:.0f} {ay + ah}V{start:.0f}H{edge:.0f}"
        else:
            path = f"M{x:.0f} {start:.0f}H{edge:.0f}"
        if _covered(b, side, rows):
            path += f"V{by - 16:.0f}H{bx + bw / 2:.0f}V{by - 2}"
        else:
            path += f"V{by + bh / 2:.0f}H{to:.0f}"
    return f'<path d="{path}" stroke="currentColor" marker-end="url(#tip)"/>'


def _covered(box, side, rows):
    row = next(row for row in rows if box in row)
    return row[-1 if side else 0] is not box
