import { z } from 'zod';
const user = z.object({ name: z.string().min(2), age: z.number().int().optional() });
console.log(user.parse({ name: 'Ada', age: 36 }));
console.log(JSON.stringify(user.safeParse({ name: 'A', age: 1.5 }).error.issues));
