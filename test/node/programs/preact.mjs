import { h } from 'preact';
import { useState } from 'preact/hooks';
import render from 'preact-render-to-string';
const Counter = ({ from }) => h('p', { id: from }, useState(from)[0]);
console.log(render(h(Counter, { from: 4 })));
