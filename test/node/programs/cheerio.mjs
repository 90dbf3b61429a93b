import * as cheerio from 'cheerio';
const $ = cheerio.load('<ul><li class="a">1<li>2</ul>');
$('li').last().addClass('b');
console.log($('ul').html(), $('.a').text());
