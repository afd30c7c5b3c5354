"""Takes the bytes of a value apart; see `rejoin.py`."""

import json

from parts import (
    BOOL, CHAR, CONTEXT, COUNTS, DOT, DOTS, DOTS_WITH_VALUES, DOT_MAPS, ENUM, F32, F64, FIELDS,
    I128, I8, ID, INT, KINDS, MAP, MAX_DEPTH, NOTHING, NO_DOTS, OPTION, SEQUENCE, TEXT, TRANSFERS,
    TUPLE, U128, U64, U8, UINT, UNIT, Input, Place, check_context, check_counts, has_form,
    is_struct, peel, read_name, require, utf8, zigzag)


class Decoder:
    """One value: its columns, its sketch, its data."""

    def __init__(self, data, known=None, positions=False, sketch_only=False):
        self.positions, self.sketch_only = positions, sketch_only
        self.data = data = Input(data, "value")
        self.ids, self.sketch, runs, counts = list(known or []), None, b"", b""
        self.used = len(self.ids)
        head = data.byte()
        if known is None:
            require(head & 63 == 2, f"This is version {head & 63}; only version 2 can be read.")
            has_sketch = head & 64
            if head & 128:
                n = data.number()
                self.read_ids(n)
                lengths = data.number(), data.number()
                require(n or lengths[1], "The columns are empty.")
                runs, counts = data.take(lengths[0]), data.take(lengths[1])
        else:
            has_sketch, lengths = head & 32, [head & 31, 0]
            lengths[0] += data.number() if lengths[0] == 31 else 0
            n = data.number() if head & 128 else None
            lengths[1] = data.number() if head & 64 else None
            require(n != 0 and lengths[1] != 0, "The header says what is not there.")
            self.read_ids(n or 0)
            runs, counts = data.take(lengths[0]), data.take(lengths[1] or 0)
        if has_sketch:
            source = Input(data.take(data.number()), "sketch")
            self.sketch = Place(source)
            require(self.sketch.kind != NOTHING, "The sketch is empty.")
            source.end()
        self.runs, self.counts = Input(runs, "column of runs"), Input(counts, "column of counts")
        self.replica, self.next, self.run_left, self.expected = 0, None, 0, {}
        self.ones, self.special = 0, self.next_special()
        self.variants = []
        self.depth, self.inside = 0, False
        self.live = []  # the dots of the stores of a causal value
        self.low = None  # the lowest dot of what is being read

    def read_ids(self, n):
        require(n <= self.data.left() // 16, "The value ends too early.")
        self.ids += [self.data.take(16) for _ in range(n)]
        require(len(set(self.ids)) == len(self.ids), "An id is in the table twice.")

    def decode(self, shape):
        tree = self.value(shape, self.sketch)
        self.data.end()
        require(self.used == len(self.ids), "An id is in the table that is not used.")
        require(not self.run_left and not self.runs.left(), "There are runs that are not used.")
        require(self.special is None, "There are counts that are not used.")
        if self.sketch:
            self.sketch.check(False)
        return tree

    # Ids, dots and stores.

    def place(self, place):
        require(place < len(self.ids), "There is no id in this place of the table.")
        require(place <= self.used, "An id is used before the one before it in the table.")
        self.used = max(self.used, place + 1)
        return self.ids[place]

    def next_special(self):
        """How many stores with one dot come before the next other one, and how many dots it has."""
        if not self.counts.left():
            return None
        head = self.counts.number()
        return head >> 1, 0 if head & 1 else self.counts.number() + 2

    def dot_of_run(self):
        if not self.run_left:
            head, before = self.runs.number(), self.replica
            if head & 1:
                self.replica = self.runs.number()
                require(self.replica != before, "A run moves to the replica that it is at.")
            expected = self.expected.get(self.replica, 1)
            start = expected + zigzag(self.runs.number()) & U64
            is_next = self.next is not None and not head & 1 and start == expected
            require(not is_next, "A run could be part of the one before.")
            self.run_left = (head >> 1) + 1
            require(0 < start and start + self.run_left - 1 <= U64, "A run has no such numbers.")
            self.next, self.expected[self.replica] = start, start + self.run_left & U64
        self.run_left -= 1
        self.next += 1
        return self.place(self.replica), self.next - 1

    def store(self, shape, place):
        special = self.special is not None and self.special[0] == self.ones
        count, self.ones = (self.special[1], 0) if special else (1, self.ones + 1)
        if special:
            self.special = self.next_special()
        require(count <= max(1, self.data.left()), "A store says more dots than there can be.")
        has_values = (shape or place).kind == DOTS_WITH_VALUES
        if place:
            kind = DOTS_WITH_VALUES if has_values else DOTS
            require(place.kind in ([kind] if count else [NO_DOTS, kind]), "The sketch is wrong.")
            place.has_dots |= count > 0
        tree, dot = [], None
        for at in range(count):
            before, dot = dot, self.dot_of_run() if count == 1 else self.dot_in_data(dot)
            require(not at or before < dot, "The dots of a store do not ascend.")
            self.low = dot if self.low is None else min(self.low, dot)
            self.live.append(dot)
            tree.append([dot[0].hex(), integer(dot[1])])
            if has_values:
                saved, self.low, self.live = (self.low, self.live), None, []
                below = self.value(*self.below(shape, place, 0))
                self.low, self.live = saved
                tree[-1] = [tree[-1], below]
        return tree

    def dot_in_data(self, before):
        step = self.data.number() if before else 0
        if step:
            require(before[1] + step <= U64, "A dot has too large a number.")
            return before[0], before[1] + step
        dot = self.place(self.data.number()), self.data.number()
        require(dot[1] > 0, "A dot has the number 0.")
        require(not before or before[0] != dot[0], "The next replica is the one before.")
        return dot

    # Everything else.

    def below(self, shape, place, at):
        """What is below at `at`, of the shape and of the sketch."""
        below = place.below[at] if place and at < len(place.below) else None
        return shape.below[at] if shape else None, below

    def value(self, shape, place):
        shape, name = peel(shape)
        if place and place.kind == NOTHING:
            require(not self.inside, "There is something where the sketch has nothing.")
            place = None
        require(shape or place, "Neither the shape nor the sketch says what is here.")
        kind = (shape or place).kind
        if place:
            is_same = KINDS[kind] == KINDS[place.kind]
            require(is_same, f"The sketch has {KINDS[place.kind]} where there is {KINDS[kind]}.")
            place.has_come = True
        if kind < OPTION:
            return self.leaf(kind, shape.bits if shape else 64)
        is_deep = kind not in (TUPLE, FIELDS)
        self.depth += is_deep
        require(self.depth <= MAX_DEPTH, "The value is nested too deep.")
        tree = self.container(kind, shape, place, name)
        self.depth -= is_deep
        return tree

    def container(self, kind, shape, place, name):
        if kind == OPTION:
            return [self.value(*self.below(shape, place, 0))] if self.bool() else []
        if kind == SEQUENCE:
            tree = []
            for _ in range(self.length()):
                tree.append(self.entry(lambda: self.value(*self.below(shape, place, 0))))
            if name == "rejoin::GCounter" and has_form(shape, COUNTS):
                check_counts(tree)
            return tree
        if kind == MAP:
            return self.map(shape, place, name)
        if kind == TUPLE:
            return self.tuple(shape, place)
        if kind == ENUM:
            return self.enum(shape, place)
        return self.fields(shape, place) if kind == FIELDS else self.store(shape, place)

    def leaf(self, kind, bits):
        data = self.data
        if kind == UNIT:
            return None
        if kind == BOOL:
            return self.bool()
        if kind in (U8, I8):
            return int.from_bytes(data.take(1), "little", signed=kind == I8)
        if kind in (UINT, INT):
            number = data.number()
            require(number >> bits == 0, f"An integer has more than {bits} bits.")
            return integer(number if kind == UINT else zigzag(number))
        if kind in (U128, I128):
            number = data.number() << 64 | data.number()
            return integer(number if kind == U128 else zigzag(number))
        if kind in (F32, F64):
            return data.take(4 if kind == F32 else 8)[::-1].hex()
        if kind == CHAR:
            code = data.number()
            require(code < 0xD800 or 0xE000 <= code < 0x110000, "There is no such character.")
            return chr(code)
        if kind == ID:
            return self.place(data.number()).hex()
        if kind == DOT:
            dot = self.dot_in_data(None)
            return [dot[0].hex(), integer(dot[1])]
        content = data.take(data.number())
        return utf8(content) if kind == TEXT else content.hex()

    def bool(self):
        byte = self.data.byte()
        require(byte < 2, "A bool, or an option, is neither 0 nor 1.")
        return byte == 1

    def length(self):
        length = self.data.number()
        require(length <= self.data.left(), "A length is beyond the bytes that are left.")
        return length

    def entry(self, read):
        """What `read` gives, and a 0 if it has read no byte."""
        at = self.data.at
        tree = read()
        if self.data.at == at:
            require(self.data.byte() == 0, "What takes no bytes is not followed by 0.")
        return tree

    def map(self, shape, place, name):
        tree, keys, last = [], set(), [b"", None]
        key_shape, key_place = self.below(shape, place, 0)
        key_kind = peel(key_shape)[0] or key_place
        is_text = key_kind is not None and key_kind.kind == TEXT

        def read():
            key = self.key(key_place, last) if is_text else self.value(key_shape, key_place)
            return [key, self.value(*self.below(shape, place, 1))]

        for _ in range(self.length()):
            low, self.low = self.low, None
            tree.append(self.entry(read))
            spelled = json.dumps(tree[-1][0])
            require(spelled not in keys, "A map has a key twice.")
            keys.add(spelled)
            if name in DOT_MAPS:
                self.ascend(last)
            self.low = self.low if low is None else low if self.low is None else min(low, self.low)
        return tree

    def ascend(self, last):
        """What was read has dots, and the lowest is beyond the last one."""
        require(self.low is not None, "There is an entry without dots.")
        require(last[1] is None or last[1] < self.low, "Entries are not in the order of dots.")
        last[1] = self.low

    def key(self, place, last):
        """A text, of which the first bytes may be those of the last key."""
        if place and (self.inside or place.kind != NOTHING):
            require(place.kind == TEXT, "The sketch has something else where there is a text.")
            place.has_come = True
        head, before = self.data.number(), last[0]
        key = before[:head & 15] + self.data.take(head >> 4)
        common = 0
        while common < min(15, len(before), len(key)) and before[common] == key[common]:
            common += 1
        require(common == head & 15, "A key shares more or fewer bytes than it says.")
        last[0] = key
        return utf8(key)

    def tuple(self, shape, place):
        count = len((shape or place).below)
        if place:
            is_right = len(place.below) == count if self.inside else len(place.below) <= count
            require(is_right, "The sketch has another number of elements.")
        before = len(self.live)
        tree = [self.value(*self.below(shape, place, at)) for at in range(count)]
        if is_struct(shape, "Causal", store=None, known=CONTEXT, halves=CONTEXT):
            check_context(tree[1], [])
            check_context(tree[2], self.live[before:])
            require(len(set(self.live[before:])) == len(self.live) - before, "A dot lives twice.")
            del self.live[before:]
        if is_struct(shape, "BoundedCounter", made=COUNTS, given=TRANSFERS, spent=COUNTS):
            for counts in tree:
                check_counts(counts)
        is_named = shape and shape.names is not None and not self.positions
        return dict(zip(shape.names, tree)) if is_named else tree

    def enum(self, shape, place):
        which = self.data.number()
        if which == 0:
            name = read_name(self.data, self.data.number())
            require(name not in self.variants, "The name of a variant is there twice.")
            self.variants.append(name)
        require(which <= len(self.variants), "There is no variant of this number.")
        name = self.variants[which - 1]
        inner_shape = inner_place = None
        if shape:
            require(name in shape.names, f"There is no variant {name}.")
            inner_shape = shape.below[shape.names.index(name)]
        if place:
            inner_place = self.named(place, name)
        return {name: self.value(inner_shape, inner_place)}

    @staticmethod
    def named(place, name):
        """What is below a name, which is the next one, or one that has come."""
        require(name in place.names, f"The sketch has no {name}.")
        at = place.names.index(name)
        require(at <= place.used, "The names of a sketch are in another order.")
        place.used = max(place.used, at + 1)
        return place.below[at]

    def fields(self, shape, place):
        which = self.data.number()
        if which == 0:
            return {}
        require(place, "The sketch has no struct whose versions may differ where there are fields.")
        combinations = place.combinations
        require(which <= len(combinations) + 1, "There is no combination of this number.")
        if which > len(combinations):
            numbers = [self.data.number() for _ in range(self.length())]
            require(all(n < len(place.names) for n in numbers), "There is no field of this number.")
            is_right = numbers and len(set(numbers)) == len(numbers) and numbers not in combinations
            require(is_right, "A combination of fields is empty, or has one twice, or is not new.")
            combinations.append(numbers)
        known = {} if self.sketch_only or not shape else dict(zip(shape.names, shape.below))
        tree, last, low, inside = {}, [None, None], self.low, self.inside
        self.inside = True
        for number in combinations[which - 1]:
            self.low, name = None, place.names[number]
            tree[name] = self.value(known.get(name), self.named(place, name))
            self.ascend(last)
            low = self.low if low is None else min(low, self.low)
        self.low, self.inside = low, inside
        return tree


def integer(number):
    return number if abs(number) <= 2**53 else str(number)
