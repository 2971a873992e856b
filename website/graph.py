"""A functional network as a graph of boxes: groups of layers, folded where they repeat."""

import dataclasses
import re

import keras

# layers that only move numbers about: they are named only where a box has nothing else
PLUMBING = {
    *("CenterCrop", "Concatenate", "Cropping1D", "Cropping2D", "Dropout", "ExpandDims"),
    *("FitLength", "FlattenBins", "GetItem", "MaskReshape", "Pad", "PadToMultiple", "Permute"),
    *("Repeat", "Reshape", "Split", "Squeeze", "Swapaxes", "Unstack"),
    *("ZeroPadding1D", "ZeroPadding2D"),
}
JOINS = {"Add", "Concatenate", "Multiply"}
LONGEST_PERIOD = 4
MOST_BOXES = 24
WORDS = {"gelu": "GELU", "Glu": "GLU", "relu": "ReLU", "silu": "SiLU", "InputLayer": "Input"}


@dataclasses.dataclass(eq=False)
class Box:
    """A group of layers.

    Args:
        titles: Names of the groups in it.
        layers: Words for the layers, in their order.
        shapes: Shapes of what leaves it, without repetition.
        times: How many such groups follow each other.
    """

    titles: list
    layers: list
    shapes: list
    times: int = 1
    before: list = dataclasses.field(default_factory=list)
    after: list = dataclasses.field(default_factory=list)

    @property
    def kind(self):
        """What colour it has: where signals enter, leave and are transformed, and masks."""
        words = " ".join(self.layers)
        if "Input" in self.layers:
            return "input"
        if re.search(r"STFT|FFT|Filterbank", words):
            return "transform"
        return "mask" if "Mask" in words else "layers"

    def link(self, other):
        if other is not self and other not in self.after:
            self.after.append(other)
            other.before.append(self)


def boxes(network):
    """Boxes of a network, each after those that it reads."""
    calls, outputs = [], {}
    for tensor in network.inputs:
        outputs[id(tensor)] = _call(calls, tensor._keras_history.operation, "", [], [tensor])
    _walk(network, calls, outputs, "")
    found = _folded(_groups(calls))
    return _sorted(_by_number(found) if len(found) > MOST_BOXES else found)


@dataclasses.dataclass(eq=False)
class _Call:
    name: str
    layer: str
    before: list
    shapes: list
    named: bool


def _call(calls, operation, prefix, before, outputs, again=0):
    call = _Call(
        prefix + operation.name + (f"#{again}" if again else ""),
        _word(operation),
        before,
        [tuple(tensor.shape) for tensor in outputs],
        isinstance(operation, keras.layers.Layer),
    )
    if before and re.match("ZeroPadding|PadTo", call.layer):  # what is padded for the next layer
        call.shapes = before[0].shapes
    calls.append(call)
    return call


def _word(operation):
    word = type(operation).__name__
    if isinstance(operation, keras.layers.Activation):
        word = getattr(operation.activation, "__name__", word)
    return WORDS.get(word, word)


def _walk(network, calls, outputs, prefix):
    """Calls of all layers, also of networks inside; `outputs` knows where a tensor comes from."""
    inputs = {id(tensor) for tensor in network.inputs}
    depths = sorted(network._nodes_by_depth, reverse=True)
    counts = {}
    for node in [node for depth in depths for node in network._nodes_by_depth[depth]]:
        if all(id(tensor) in inputs for tensor in node.outputs):
            continue
        operation = node.operation
        inner = _inside(operation)
        if inner is not None:
            for ours, theirs in zip(node.input_tensors, inner.inputs, strict=True):
                outputs[id(theirs)] = outputs[id(ours)]
            _walk(inner, calls, outputs, f"{operation.name}/")
            for ours, theirs in zip(node.outputs, inner.outputs, strict=True):
                outputs[id(ours)] = outputs[id(theirs)]
            continue
        before = list(dict.fromkeys(outputs[id(tensor)] for tensor in node.input_tensors))
        again = counts[operation] = counts.get(operation, -1) + 1
        call = _call(calls, operation, prefix, before, node.outputs, again)
        outputs.update({id(tensor): call for tensor in node.outputs})


def _inside(operation):
    inner = operation if isinstance(operation, keras.Model) else getattr(operation, "network", None)
    known = isinstance(inner, keras.Model) and hasattr(inner, "_nodes_by_depth")
    return inner if known and len(inner.inputs) == 1 and len(inner.outputs) == 1 else None


def _groups(calls):
    """One box per name up to its last number: `encoder_1_conv` and `encoder_1_norm` are one."""
    keys, apart = {}, set()
    while True:
        for call in calls:
            keys[call] = _key(call, keys, apart)
        circles = _circles(calls, keys)
        if not circles:
            break
        apart |= circles
    return _boxes_of(calls, keys)


def _key(call, keys, apart):
    first = call.before[0] if call.before else None
    small = call.layer in PLUMBING or not call.named
    if small and call.name not in apart and first is not None and first.before:
        others = {keys[one] for one in call.before}
        if len(others) == 1:
            return keys[first]
    found = re.match(r"(.*?[a-z]_\d+)(_.*)?$", call.name)
    key = found[1] if found and "#" not in call.name else call.name
    return call.name if key in apart or call.name in apart else key


def _circles(calls, keys):
    """Keys and names that must be apart, since groups would read each other."""
    before = {}
    for call in calls:
        before.setdefault(keys[call], set()).update(
            keys[one] for one in call.before if keys[one] != keys[call]
        )
    while True:
        free = [key for key, others in before.items() if not others & before.keys()]
        if not free:
            break
        for key in free:
            del before[key]
    while True:  # nor those that only come after a circle
        used = {other for others in before.values() for other in others}
        last = [key for key in before if key not in used]
        if not last:
            break
        for key in last:
            del before[key]
    return before.keys() | {call.name for call in calls if keys[call] in before}


def _boxes_of(calls, keys):
    found = {}
    for call in calls:
        if keys[call] not in found:
            title = re.sub(r"#\d+$", "", keys[call]).rsplit("/", 1)[-1]
            found[keys[call]] = Box([title if call.named else ""], [], [])
        box = found[keys[call]]
        box.layers.append(call.layer)
        for one in call.before:
            found[keys[one]].link(box)
    leaving = {
        one for call in calls for one in call.before if found[keys[one]] is not found[keys[call]]
    }
    read = {one for call in calls for one in call.before}
    for call in calls:
        if call in leaving or call not in read:
            box = found[keys[call]]
            box.shapes += [shape for shape in dict.fromkeys(call.shapes) if shape not in box.shapes]
    return _joined(list(found.values()))


def _joined(found):
    """Sums and products become part of the box that alone reads them."""
    for box in list(found):
        if len(box.layers) == 1 and box.layers[0] in JOINS and len(box.after) == 1:
            (reader,) = box.after
            reader.layers = box.layers + reader.layers
            reader.before.remove(box)
            for one in box.before:
                one.after.remove(box)
                one.link(reader)
            found.remove(box)
    return found


def _reaches(one, other):
    todo, seen = [one], set()
    while todo:
        box = todo.pop()
        if box is other:
            return True
        if box not in seen:
            seen.add(box)
            todo += box.after
    return False


def _by_number(found):
    """Boxes of which those that share a number and follow each other are one."""
    for box in _sorted(found):
        number = re.search(r"_\d+$", box.titles[0])
        for other in list(box.before):
            if not number or not other.titles[0].endswith(number[0]):
                continue
            if other.after == [box]:
                box.layers, one, rest = other.layers + box.layers, box, other
            elif box.before == [other]:
                other.layers, one, rest = other.layers + box.layers, other, box
                other.shapes = list(dict.fromkeys(other.shapes + box.shapes))
            else:
                continue
            _replace(rest, one)
            found.remove(rest)
    return found


def _replace(box, one):
    """Hand on what a box reads, and what reads it."""
    for other in box.before:
        other.after.remove(box)
        other.link(one)
    for other in box.after:
        other.before.remove(box)
        one.link(other)


def _folded(found):
    """Boxes of which runs of equal ones, or of equal pairs and so on, are one."""
    found = _sorted(found)
    for period in range(1, LONGEST_PERIOD + 1):
        start = 0
        while start < len(found):
            run = _run(found, start, period)
            if len(run) >= 2 * period:
                found = _merged(found, run, period)
            start += 1
    return found


def _run(found, start, period):
    """Boxes from `start` on that follow each other, and repeat with that period."""
    run = [found[start]]
    while True:
        after = [box for box in run[-1].after if _stem(box)]
        follower = next((box for box in after if _continues(run, box, period)), None)
        if follower is None:
            break
        run.append(follower)
    run = run[: len(run) - len(run) % period]
    while run and not _closed(run):
        run = run[:-period]
    return run


def _stem(box):
    """The title without its number, of a box of one group."""
    found = re.fullmatch(r"(.+)_\d+", box.titles[0])
    return found[1] if found and box.times == 1 else None


def _signature(box):
    layers = [layer for layer in box.layers if layer not in PLUMBING]
    return _stem(box), layers, [sorted(map(str, shape)) for shape in box.shapes]


def _continues(run, box, period):
    if box in run or run[-1] not in box.before:
        return False
    if len(run) < period:
        return True
    return _stem(run[len(run) % period]) is not None and _signature(box) == _signature(
        run[len(run) - period]
    )


def _closed(run):
    """Whether nothing but what all of them share is read by, or from, a single one within."""
    if len(run) == 1:
        return True
    inside = set(run)
    before = [set(box.before) - inside for box in run[1:]]
    after = [set(box.after) - inside for box in run[:-1]]
    alike = all(one == before[0] for one in before) and all(one == after[0] for one in after)
    alike = alike and before[0] <= set(run[0].before) and after[0] <= set(run[-1].after)
    alike = alike and len(set(run[0].before) - before[0]) == 1
    leaving = {one for box in run for one in box.after} - inside
    return alike and not any(_reaches(one, box) for one in leaving for box in run)


def _merged(found, run, period):
    first = run[:period]
    ends = {}
    for one in run:
        ends.setdefault(_stem(one), []).append(one.titles[0].rsplit("_", 1)[1])
    titles = [f"{stem} {numbers[0]}\N{EN DASH}{numbers[-1]}" for stem, numbers in ends.items()]
    layers = [layer for box in first for layer in box.layers]
    box = Box(titles, layers, run[-1].shapes, len(run) // period)
    for one in run:
        for other in one.before:
            other.after.remove(one)
            if other not in run:
                other.link(box)
        for other in one.after:
            other.before.remove(one)
            if other not in run:
                box.link(other)
    place = found.index(run[0])
    return [*found[:place], box, *(one for one in found[place:] if one not in run)]


def _sorted(found):
    done, todo = [], list(found)
    while todo:
        ready = next(box for box in todo if all(one in done for one in box.before))
        todo.remove(ready)
        done.append(ready)
    return done
