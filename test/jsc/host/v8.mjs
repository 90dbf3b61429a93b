import v8, { startupSnapshot } from 'node:v8';
console.log(startupSnapshot, startupSnapshot.isBuildingSnapshot());
for (const name of ['addDeserializeCallback', 'addSerializeCallback', 'setDeserializeMainFunction'])
  try { startupSnapshot[name](() => {}); } catch (error) { console.log(name, error.name, error.code, error.message); }

// Values as bytes, and back.
const attempt = (title, call) => {
  try {
    console.log(title, call());
  } catch (error) {
    console.log(title, error.name, error.code, error.message);
  }
};
const itself = { a: 1 }, shared = { s: 1 }, sparse = [1, , 3], holes = new Array(100), regexp = /a\/b/giu;
itself.self = itself;
sparse.x = 5;
holes[50] = 1;
class Kind {
  p = 1;
  get q() { return 5; }
}
const failed = Object.assign(new RangeError('m', { cause: 5 }), { stack: 'STACK', x: 1 }), named = Object.assign(new Error('n'), { stack: 'STACK', name: 'Custom' }), circular = new TypeError();
circular.stack = undefined;
const values = {
  undefined, null: null, true: true, false: false, numbers: [0, 5, -5, 63, -64, 64, 2 ** 30, 2 ** 31 - 1, -(2 ** 31), 2 ** 31, 1.5, -0, NaN, -Infinity],
  texts: ['', 'abc', 'é', '€a', 'x€', '😀', '\ud800', 'x'.repeat(200), '€'.repeat(100)], bigints: [0n, 5n, -5n, -(2n ** 70n), 2n ** 64n - 1n, 2n ** 64n],
  itself, nested: { a: { b: [shared, shared] } }, sparse, holes, withMore: Object.assign([1], { p: 2 }), emptyArray: [], emptyObject: {}, date: new Date(5), invalid: new Date(NaN),
  boxed: [Object(true), Object(false), Object(5), Object('s€'), Object(5n)], regexp, all: /x/dgimsy, sets: /x/v, map: new Map([[1, { a: 1 }], ['k', new Map()]]), set: new Set([1, 'a', new Set()]),
  buffer: new Uint8Array([1, 2, 3]).buffer, u8: new Uint8Array([1, 2, 3]), part: new Uint8Array([1, 2, 3, 4]).subarray(1, 3), node: Buffer.from('hey'), i8: new Int8Array(1),
  u8c: new Uint8ClampedArray(1), i16: new Int16Array([1, 2]), u16: new Uint16Array(1), i32: new Int32Array(1), u32: new Uint32Array(1), f32: new Float32Array([1.5]), f64: new Float64Array(1),
  i64: new BigInt64Array(1), u64: new BigUint64Array(1), view: new DataView(new ArrayBuffer(3), 1), kind: new Kind(), bare: Object.assign(Object.create(null), { a: 1 }), failed, named, circular,
  keys: { 2: 'b', 1: 'a', '-1': 'c', '01': 'd', 4294967294: 'y', 4294967295: 'z', x: 1, [Symbol('q')]: 1, __proto__: { inherited: 1 } }, getter: { get a() { return 3; } },
  hidden: Object.defineProperty({}, 'h', { value: 1 }), resizable: new ArrayBuffer(2, { maxByteLength: 8 }),
};
for (const [name, value] of Object.entries(values)) {
  attempt(name, () => v8.serialize(value).toString('hex'));
  attempt(name, () => v8.deserialize(v8.serialize(value)));
}
for (const value of [() => {}, function f(a) { return a; }, Symbol('x'), Promise.resolve(), new WeakMap(), new WeakSet(), new WeakRef({}), (function* () {})(), new Proxy({ a: 1 }, {}),
  Object(Symbol('b')), { a: { f() {} } }, { get a() { throw new TypeError('of a getter'); } }, [Symbol('in an array')], new Map([[1, () => {}]])]) attempt('refused', () => v8.serialize(value));
for (const hex of ['', 'ff', 'ff0f', 'ff0f49', 'ff1049', 'ff0f7a', '4902', 'ff0d4902', 'ff0f6f', 'ff0f220561', 'ff0f5e01', 'ff0f5c00ff', 'ff0f7265', 'ff0f71', 'ff0f4902ffff', 'ff0f5b', 'ff0f6f7b01', 'ff0f410249022400',
  'ff0f3b49023a02', 'ff0f4205', 'ff0f5c01ff01', 'ff0f5201286103', 'ff0f00004902', 'ff0f530361e282ac', 'ff0f5308e282ac62', 'ff0f5504', 'ff0f5a02', 'ff0f6f49022201617b01']) attempt(hex, () => v8.deserialize(Buffer.from(hex, 'hex')));
for (const value of [5, 'a', {}, undefined, null]) attempt('no bytes', () => v8.deserialize(value));
const bytes = v8.serialize({ list: [1], u: new Uint8Array([1, 2]) });
console.log(Buffer.isBuffer(bytes), v8.deserialize(new Uint8Array(bytes)), v8.deserialize(new DataView(bytes.buffer, bytes.byteOffset, bytes.length)), v8.serialize().toString('hex'));
const back = v8.deserialize(v8.serialize({ failed, named, kind: new Kind(), itself }));
console.log(back.failed instanceof RangeError, back.failed.x, back.failed.stack, back.failed.cause, back.named.name, back.kind.constructor === Object, back.itself.self === back.itself);
