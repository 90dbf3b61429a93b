import { compile } from 'svelte/compiler';
const { js } = compile('<script>let { n = 1 } = $props();</script><p>{n * 2}</p>', { generate: 'server', filename: 'a.svelte' });
console.log(js.code);
