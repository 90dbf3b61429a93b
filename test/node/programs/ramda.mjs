import * as R from 'ramda';
import { pipe } from 'ramda';
console.log(pipe(R.map(R.add(1)), R.filter((x) => x % 2 === 0), R.sum)([1, 2, 3]), Object.keys(R).length);
