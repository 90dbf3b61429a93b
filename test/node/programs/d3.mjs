import * as d3 from 'd3';
console.log(d3.max([1, 5, 2]), d3.scaleLinear().domain([0, 1]).range([0, 10])(0.5), Object.keys(d3).length);
