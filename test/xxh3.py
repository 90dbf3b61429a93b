"""XXH3-64 and XXH3-128 of xxHash 0.8, with seed 0 and no secret, as Python's standard library has neither."""
import struct

M32, M64 = (1 << 32) - 1, (1 << 64) - 1
PRIME32_1, PRIME32_2, PRIME32_3 = 0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D
PRIME64_1, PRIME64_2, PRIME64_3 = 0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9
PRIME64_4, PRIME64_5 = 0x85EBCA77C2B2AE63, 0x27D4EB2F165667C5
PRIME_MX1, PRIME_MX2 = 0x165667919E3779F9, 0x9FB21C651E98DF25
SECRET = bytes.fromhex(
    'b8fe6c3923a44bbe7c01812cf721ad1cded46de9839097db7240a4a4b7b3671fcb79e64eccc0e578825ad07dccff7221b8084674f743248ee03590e6813a264c'
    '3c2852bb91c300cb88d0658b1b532ea371644897a20df94e3819ef46a9deacd8a8fa763fe39c343ff9dcbbc7c70b4f1d8a51e04bcdb45931c89f7ec9d9787364'
    'eac5ac8334d3ebc3c581a0fffa1363eb170ddd51b7f0da49d316552629d4689e2b16be587d47a1fc8ff8b8d17ad031ce45cb3a8f95160428afd7fbcabb4b407e')
STRIPE, STRIPES = 64, (len(SECRET) - 64) // 8


def u32(data, at):
    return int.from_bytes(data[at:at + 4], 'little')


def u64(data, at):
    return int.from_bytes(data[at:at + 8], 'little')


KEYS = [u64(SECRET, i) for i in range(len(SECRET) - 7)]
key = KEYS.__getitem__


def swap64(n):
    return int.from_bytes(n.to_bytes(8, 'little'), 'big')


def rotate64(n, by):
    return (n << by | n >> (64 - by)) & M64


def fold(a, b):
    product = a * b
    return (product ^ product >> 64) & M64


def avalanche(h):
    h = (h ^ h >> 37) * PRIME_MX1 & M64
    return h ^ h >> 32


def avalanche_64(h):
    """The end of XXH64, which the shortest inputs keep."""
    h = (h ^ h >> 33) * PRIME64_2 & M64
    h = (h ^ h >> 29) * PRIME64_3 & M64
    return h ^ h >> 32


def mix16(data, at, secret):
    return fold(u64(data, at) ^ key(secret), u64(data, at + 8) ^ key(secret + 8))


def combined_1_to_3(data):
    n = len(data)
    return data[0] << 16 | data[n >> 1] << 24 | data[n - 1] | n << 8


def accumulate(acc, data, at, secret, stripes):
    words = struct.unpack_from(f'<{stripes * 8}Q', data, at)
    for lane in range(8):
        column, total = words[lane::8], 0
        for word, k in zip(column, KEYS[secret + 8 * lane::8]):
            word ^= k
            total += (word & M32) * (word >> 32)
        acc[lane] += total
        acc[lane ^ 1] += sum(column)


def accumulated(data):
    """The eight accumulators of an input of more than 240 bytes."""
    acc = [PRIME32_3, PRIME64_1, PRIME64_2, PRIME64_3, PRIME64_4, PRIME32_2, PRIME64_5, PRIME32_1]
    last, at, block = len(SECRET) - STRIPE, 0, STRIPE * STRIPES
    while len(data) - at > block:
        accumulate(acc, data, at, 0, STRIPES)
        for i, a in enumerate(acc):
            a &= M64
            acc[i] = (a ^ a >> 47 ^ key(last + 8 * i)) * PRIME32_1 & M64
        at += block
    accumulate(acc, data, at, 0, (len(data) - at - 1) // STRIPE)
    accumulate(acc, data, len(data) - STRIPE, last - 7, 1)
    return [a & M64 for a in acc]


def merged(acc, secret, start):
    keyed = [a ^ key(secret + 8 * i) for i, a in enumerate(acc)]
    return avalanche(start + sum(map(fold, keyed[::2], keyed[1::2])) & M64)


def xxh3_64(data):
    n = len(data)
    if n == 0:
        return avalanche_64(key(56) ^ key(64))
    if n <= 3:
        return avalanche_64(combined_1_to_3(data) ^ u32(SECRET, 0) ^ u32(SECRET, 4))
    if n <= 8:
        h = u32(data, n - 4) + (u32(data, 0) << 32) ^ key(8) ^ key(16)
        h = (h ^ rotate64(h, 49) ^ rotate64(h, 24)) * PRIME_MX2 & M64
        h = (h ^ (h >> 35) + n) * PRIME_MX2 & M64
        return h ^ h >> 28
    if n <= 16:
        low = u64(data, 0) ^ key(24) ^ key(32)
        high = u64(data, n - 8) ^ key(40) ^ key(48)
        return avalanche(n + swap64(low) + high + fold(low, high) & M64)
    if n <= 128:
        pairs = range((n - 1) // 32 + 1)
        return avalanche(n * PRIME64_1 + sum(mix16(data, 16 * i, 32 * i) + mix16(data, n - 16 * (i + 1), 32 * i + 16) for i in pairs) & M64)
    if n <= 240:
        h = avalanche(n * PRIME64_1 + sum(mix16(data, 16 * i, 16 * i) for i in range(8)) & M64)
        h += sum(mix16(data, 16 * i, 16 * (i - 8) + 3) for i in range(8, n // 16))
        return avalanche(h + mix16(data, n - 16, 119) & M64)
    return merged(accumulated(data), 11, n * PRIME64_1 & M64)


def mix32(pair, data, first, second, secret):
    low, high = pair
    low = (low + mix16(data, first, secret) & M64) ^ (u64(data, second) + u64(data, second + 8) & M64)
    high = (high + mix16(data, second, secret + 16) & M64) ^ (u64(data, first) + u64(data, first + 8) & M64)
    return low, high


def halves(data):
    """The low and the high half of the 128-bit hash."""
    n = len(data)
    if n == 0:
        return avalanche_64(key(64) ^ key(72)), avalanche_64(key(80) ^ key(88))
    if n <= 3:
        low = combined_1_to_3(data)
        high = int.from_bytes(low.to_bytes(4, 'little'), 'big')
        high = (high << 13 | high >> 19) & M32
        return avalanche_64(low ^ u32(SECRET, 0) ^ u32(SECRET, 4)), avalanche_64(high ^ u32(SECRET, 8) ^ u32(SECRET, 12))
    if n <= 8:
        keyed = u32(data, 0) + (u32(data, n - 4) << 32) ^ key(16) ^ key(24)
        product = keyed * (PRIME64_1 + (n << 2))
        low, high = product & M64, product >> 64
        high = high + (low << 1) & M64
        low ^= high >> 3
        low = (low ^ low >> 35) * PRIME_MX2 & M64
        return low ^ low >> 28, avalanche(high)
    if n <= 16:
        end = u64(data, n - 8)
        product = (u64(data, 0) ^ end ^ key(32) ^ key(40)) * PRIME64_1
        low, high = (product & M64) + (n - 1 << 54) & M64, product >> 64
        end ^= key(48) ^ key(56)
        high = high + end + (end & M32) * (PRIME32_2 - 1) & M64
        low ^= swap64(high)
        product = low * PRIME64_2
        return avalanche(product & M64), avalanche((product >> 64) + high * PRIME64_2 & M64)
    if n > 240:
        acc = accumulated(data)
        return merged(acc, 11, n * PRIME64_1 & M64), merged(acc, len(SECRET) - STRIPE - 11, ~(n * PRIME64_2) & M64)
    pair = n * PRIME64_1 & M64, 0
    if n <= 128:
        for i in reversed(range((n - 1) // 32 + 1)):
            pair = mix32(pair, data, 16 * i, n - 16 * (i + 1), 32 * i)
    else:
        for i in range(4):
            pair = mix32(pair, data, 32 * i, 32 * i + 16, 32 * i)
        pair = avalanche(pair[0]), avalanche(pair[1])
        for i in range(4, n // 32):
            pair = mix32(pair, data, 32 * i, 32 * i + 16, 32 * (i - 4) + 3)
        pair = mix32(pair, data, n - 16, n - 32, 103)
    low, high = pair
    return avalanche(low + high & M64), -avalanche(low * PRIME64_1 + high * PRIME64_4 + n * PRIME64_2 & M64) & M64


def xxh3_128(data):
    """The canonical form: 16 bytes, big-endian, high half first."""
    low, high = halves(data)
    return high.to_bytes(8, 'big') + low.to_bytes(8, 'big')
