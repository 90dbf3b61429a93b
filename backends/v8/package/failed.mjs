// What Node runs in the place of a main module that has failed.
const failed = Symbol.for('bmes.failed');
const { value } = Object.getOwnPropertyDescriptor(process, failed);
delete process[failed];
await Promise.reject(value);
