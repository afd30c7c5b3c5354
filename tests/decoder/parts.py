"""The parts of the binary form: numbers, shapes, the places of a sketch, and what is checked."""

MAX_DEPTH = 128  # of sequences, maps, stores, options and enums
U64 = 2**64 - 1

NOTHING, BOOL, U8, I8, UINT, INT, U128, I128, F32, F64, CHAR, TEXT, BYTES, UNIT, ID, DOT = range(16)
OPTION, SEQUENCE, MAP, TUPLE, ENUM, NO_DOTS, DOTS, DOTS_WITH_VALUES, FIELDS = range(16, 25)
KINDS = ("nothing bool u8 i8 unsigned signed u128 i128 f32 f64 char text bytes unit id dot option "
         "sequence map tuple enum store store store fields").split()

# The shapes without parts: their kinds in a sketch, and how many bits their integers have.
LEAVES = [(UNIT, 0), (BOOL, 0), (I8, 8), (INT, 16), (INT, 32), (INT, 64), (I128, 128), (U8, 8),
          (UINT, 16), (UINT, 32), (UINT, 64), (U128, 128), (F32, 0), (F64, 0), (CHAR, 0),
          (TEXT, 0), (BYTES, 0), (ID, 0), (DOT, 0)]
# What has its entries in the order of their lowest dots.
DOT_MAPS = ("rejoin::AwSet", "rejoin::RwSet", "rejoin::AwBag", "rejoin::OrMap")


class Invalid(Exception):
    """What is wrong with a shape or a value, in a sentence."""


def require(condition, text):
    if not condition:
        raise Invalid(text)


class Input:
    """Bytes, and how far they have been read."""

    def __init__(self, data, what):
        self.data, self.what, self.at = data, what, 0

    def left(self):
        return len(self.data) - self.at

    def take(self, n):
        require(n <= self.left(), f"The {self.what} ends too early.")
        self.at += n
        return self.data[self.at - n:self.at]

    def byte(self):
        return self.take(1)[0]

    def number(self):
        """A prefix varint."""
        first = self.byte()
        more = 8 - (first ^ 0xFF).bit_length()
        number = int.from_bytes(bytes([first & (0x7F >> more)]) + self.take(more), "big")
        least = 1 << 7 * more if more else 0
        require(number >= least, f"The {self.what} has a number that is not in its shortest form.")
        return number

    def text(self, length):
        return utf8(self.take(length))

    def end(self):
        require(self.left() == 0, f"The {self.what} has bytes that are not used.")


def utf8(data):
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise Invalid("A text is not UTF-8.") from None


def zigzag(number):
    return number >> 1 ^ -(number & 1)


class Shape:
    """What a type is: the kind of its values in a sketch, and what is below."""

    def __init__(self, kind, below=(), name="", names=None, bits=0):
        self.kind, self.below, self.name, self.names, self.bits = kind, below, name, names, bits
        self.peeled = None

    @staticmethod
    def decode(data):
        require(len(data) <= 64 << 10, "The shape is longer than 64 KiB.")
        source = Input(data, "shape")
        shape = read_shape(source, [])
        source.end()
        return shape


def read_shape(source, outer):
    """A shape that is in those of `outer`, and what newtype structs are around it."""
    require(len(outer) <= MAX_DEPTH, "The shape is nested too deep.")

    def number():
        number = shift = 0
        while True:
            byte = source.byte()
            number |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                require(byte or shift == 7, "The shape has a number that is too long.")
                return number

    def name():
        return source.text(number())

    def parts(count):
        require(count <= source.left(), "The shape ends too early.")
        return [read_shape(source, inner) for _ in range(count)]

    shape = Shape(NOTHING)
    inner = [*outer, shape]
    kind = source.byte()
    if kind == 0:
        shape.kind = None
    elif kind == 1:
        which = source.byte()
        require(which < len(LEAVES), f"There is no shape {which} without parts.")
        shape.kind, shape.bits = LEAVES[which]
    elif kind in (2, 3, 4):
        shape.kind = {2: OPTION, 3: SEQUENCE, 4: MAP}[kind]
        shape.below = parts(2 if kind == 4 else 1)
    elif kind == 5:
        shape.kind, shape.below = TUPLE, parts(number())
    elif kind == 6:
        shape.kind, shape.name, shape.below = "newtype", name(), parts(1)
    elif kind == 7:
        shape.kind, shape.name, shape.below = TUPLE, name(), parts(number())
    elif kind in (8, 9):
        shape.kind, shape.name, count = TUPLE if kind == 8 else ENUM, name(), number()
        require(count <= source.left(), "The shape ends too early.")
        named = [(name(), read_shape(source, inner)) for _ in range(count)]
        shape.names, shape.below = [n for n, _ in named], [s for _, s in named]
        require(len(set(shape.names)) == count, "The shape has a name twice.")
    elif kind == 10:
        levels = number()
        require(0 < levels <= len(outer), "The shape contains what is not around it.")
        return outer[-levels]
    else:
        raise Invalid(f"There is no kind {kind} of shapes.")
    return shape


def peel(shape):
    """The shape without newtype structs, and the name of the last one that says what is in it."""
    if shape is None:
        return None, None
    if shape.peeled is None:
        shape.peeled = peel_off(shape)
    return shape.peeled


def peel_off(shape):
    name, seen = None, 0
    while shape.kind == "newtype":
        name, inner = shape.name, shape.below[0]
        if name == "rejoin::DotStore":
            require(inner.kind == SEQUENCE, "The shape of a dot store is not a list.")
            element = inner.below[0]
            if element.kind == DOT:
                return Shape(DOTS), name
            is_pair = element.kind == TUPLE and len(element.below) == 2
            require(is_pair and element.below[0].kind == DOT, "A dot store has no dots.")
            return Shape(DOTS_WITH_VALUES, [element.below[1]]), name
        if name == "rejoin::Fields":
            require(inner.kind == TUPLE and inner.names is not None, "Fields are in no struct.")
            require(inner.names == sorted(inner.names), "Fields are not in the order of names.")
            return Shape(FIELDS, inner.below, inner.name, inner.names), name
        shape, seen = inner, seen + 1
        require(seen < 1000, "The shape contains only itself.")
    return (None if shape.kind is None else shape), name


# What is checked beyond its shape.
COUNTS = (SEQUENCE, (TUPLE, ID, UINT))
TRANSFERS = (SEQUENCE, (TUPLE, ID, ID, UINT))
CONTEXT = (SEQUENCE, (TUPLE, ID, (SEQUENCE, (TUPLE, UINT, UINT))))


def has_form(shape, form):
    shape, _ = peel(shape)
    kind, *below = form if isinstance(form, tuple) else (form,)
    if shape is None or shape.kind != kind or shape.names or len(shape.below) != len(below):
        return False
    return all(map(has_form, shape.below, below))


def is_struct(shape, name, **fields):
    """Whether it is a struct of this name, with fields of these forms."""
    if shape is None or (shape.name, shape.names) != (name, list(fields)):
        return False
    pairs = zip(shape.below, fields.values())
    return all(form is None or has_form(below, form) for below, form in pairs)


class Place:
    """A place of a sketch, and what of it has come."""

    def __init__(self, source, depth=0):
        require(depth <= 4 * MAX_DEPTH, "The sketch is nested too deep.")
        head = source.byte()
        self.kind, count = head & 31, head >> 5
        require(self.kind <= FIELDS, f"There is no kind {self.kind} of places.")
        if self.kind in (TUPLE, ENUM, FIELDS):
            count += source.number() if count == 7 else 0
        else:
            require(count == 0, f"The sketch counts what is below {KINDS[self.kind]}.")
            count = {OPTION: 1, SEQUENCE: 1, MAP: 2, DOTS_WITH_VALUES: 1}.get(self.kind, 0)
        require(count <= source.left(), "The sketch ends too early.")
        self.names, self.below = [], []
        for _ in range(count):
            if self.kind in (ENUM, FIELDS):
                self.names.append(read_name(source, source.number()))
            self.below.append(Place(source, depth + 1))
        require(len(set(self.names)) == len(self.names), "The sketch has a name twice.")
        self.has_come = self.has_dots = False
        self.used = 0  # so many of the names
        self.combinations = []

    def check(self, inside):
        """There is nothing in it that has not come, and nothing that leads nowhere."""
        require(self.has_come == (self.kind != NOTHING), "The sketch has what has not come.")
        require(self.used == len(self.names), "The sketch has names that have not come.")
        if self.kind in (DOTS, DOTS_WITH_VALUES):
            require(self.has_dots, "The sketch has dots where none have come.")
        for below in self.below:
            below.check(inside or self.kind == FIELDS)
        if not inside and self.kind != NOTHING:
            ways = self.below[-1:] if self.kind == TUPLE else self.below
            is_way = any(way.kind for way in ways) or self.kind == FIELDS and ways
            require(is_way, "The sketch has a way that leads nowhere.")


def read_name(source, length):
    require(length <= 255, "A name is longer than 255 bytes.")
    return source.text(length)


def check_counts(counts):
    keys = [count[:-1] for count in counts]
    require(all(a < b for a, b in zip(keys, keys[1:])), "Counts are not in order.")
    require(all(count[-1] for count in counts), "There is a count of 0.")


def check_context(context, live):
    """Sorted, with runs that are not empty and do not touch, and none of the dots in `live`."""
    ids = [id for id, _ in context]
    require(all(a < b for a, b in zip(ids, ids[1:])), "The ids of a context are not in order.")
    runs = {}
    for id, gaps in context:
        end = 0
        require(gaps, "There is a replica without runs in a context.")
        for gap, length in gaps:
            gap, length = int(gap), int(length)
            require(gap > (end > 0) and length > 0, "Runs are empty, or touch.")
            runs.setdefault(id, []).append((end + gap, end + gap + length - 1))
            end += gap + length - 1
            require(end <= U64, "A run ends beyond the last number.")
    for id, seq in live:
        is_in = any(first <= seq <= last for first, last in runs.get(id.hex(), []))
        require(not is_in, "A dot lives of which something is not known.")
