import { map, range } from 'rxjs';
import { filter } from 'rxjs/operators';
range(1, 9)
  .pipe(filter((x) => x % 2), map((x) => x * x))
  .subscribe((x) => console.log(x));
