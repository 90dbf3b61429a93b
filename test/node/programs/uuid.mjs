import { v5, validate, version } from 'uuid';
const id = v5('https://example.org/', v5.URL);
console.log(id, validate(id), version(id));
