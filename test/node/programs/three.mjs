import * as three from 'three';
console.log(Object.keys(three).length, new three.Vector3(1, 2, 3).length().toFixed(4));
