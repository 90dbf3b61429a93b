"""LZ4 frames, read only: a cache may lie on the disk as one, with the file inside."""


def is_frame(data):
    return data[:4] == b'\x04\x22\x4D\x18'


def unpacked(data):
    """What a frame holds; anything else as it is."""
    if not is_frame(data):
        return data
    out, flags = bytearray(), data[4]
    at = 7 + 8 * (flags >> 3 & 1) + 4 * (flags & 1)
    while size := int.from_bytes(data[at:at + 4], 'little'):
        block = data[at + 4:at + 4 + (size & 0x7FFFFFFF)]
        if size >> 31:
            out += block
        else:
            unpack_block(block, out)
        at += 4 + len(block) + 4 * (flags >> 4 & 1)
    return bytes(out)


def unpack_block(block, out):
    at = 0

    def long(size):
        nonlocal at
        more = 255 if size == 15 else 0
        while more == 255:
            more = block[at]
            at += 1
            size += more
        return size

    while at < len(block):
        token = block[at]
        at += 1
        size = long(token >> 4)
        out += block[at:at + size]
        at += size
        if at < len(block):
            back = block[at] | block[at + 1] << 8
            at += 2
            size = long(token & 15) + 4
            start = len(out) - back
            repeated = out[start:start + size]
            out += (repeated * (size // len(repeated) + 1))[:size]
