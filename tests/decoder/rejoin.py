#!/usr/bin/env python3
"""Reads the binary form of Rejoin's values, as docs/wire.md describes it, without their Rust types.

It was written from that page alone, and the tests compare it with the crates. From the command
line it takes the shape of a type and a value, each in hexadecimal digits or as a file after `@`,
and prints what is in the value, as JSON:

    python3 rejoin.py 04010f0107 020150737461727407

    --positions    structs whose versions do not differ are lists, without the names of their fields
    --sketch       what is in structs whose versions may differ comes from the sketch alone
    --known IDS    the value is an enclosed one, in what names these ids already (32 digits each)
    --cases        many values, one a line of the input: options, shape, value; `-` for no option.
                   For each there is a line of JSON, {"ok": value} or {"error": text}

| in the value           | in JSON                                                               |
|------------------------|-----------------------------------------------------------------------|
| bool, text, char       | as they are                                                           |
| integer                | a number; beyond 2^53 a text                                          |
| f32, f64               | its bits, a text of 8 or 16 hexadecimal digits                        |
| bytes, id of a replica | a text of hexadecimal digits                                          |
| dot                    | [id, number]                                                          |
| unit, option           | null; [] or [value]                                                   |
| newtype struct         | what is in it                                                         |
| sequence, tuple        | a list                                                                |
| map                    | a list of [key, value]                                                |
| struct                 | an object                                                             |
| enum                   | {variant: content}                                                    |
| dot store              | a list of dots, or of [dot, value]                                    |
"""

import json
import sys

from decoder import Decoder
from parts import Invalid, Shape, require


def decode(shape, value, **options):
    """The tree of `value`, both in bytes; see `Decoder` for the options."""
    try:
        return Decoder(value, **options).decode(Shape.decode(shape))
    except RecursionError:
        raise Invalid("It is nested deeper than this decoder goes.") from None


def argument(text):
    if text.startswith("@"):
        with open(text[1:], "rb") as file:
            return file.read()
    return digits(text)


def digits(text):
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise Invalid("There are not two hexadecimal digits for each byte.") from None


def parse(words):
    """Options, shape and value."""
    options, rest = {}, []
    words = iter(words)
    for word in words:
        if word == "--known":
            ids = next(words, "").replace("-", "")
            options["known"] = [digits(ids[at:at + 32]) for at in range(0, len(ids), 32)]
        elif word in ("--positions", "--sketch"):
            options["positions" if word == "--positions" else "sketch_only"] = True
        elif word != "-":
            rest.append(word)
    require(len(rest) == 2, "A shape and a value are needed.")
    return argument(rest[0]), argument(rest[1]), options


def main(words):
    sys.setrecursionlimit(10_000)
    if words == ["--cases"]:
        for line in sys.stdin:
            try:
                shape, value, options = parse(line.split())
                print(json.dumps({"ok": decode(shape, value, **options)}))
            except Invalid as error:
                print(json.dumps({"error": str(error)}))
        return
    if len(words) < 2:
        sys.exit(__doc__)
    try:
        shape, value, options = parse(words)
        print(json.dumps(decode(shape, value, **options), ensure_ascii=False, indent=1))
    except Invalid as error:
        sys.exit(f"{error}")


if __name__ == "__main__":
    main(sys.argv[1:])
