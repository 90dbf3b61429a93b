import dayjs from 'dayjs';
import duration from 'dayjs/plugin/duration.js';
import utc from 'dayjs/plugin/utc.js';
import 'dayjs/locale/fr.js';
dayjs.extend(duration);
dayjs.extend(utc);
console.log(dayjs.utc(0).locale('fr').format('dddd D MMMM YYYY'), dayjs.duration(90, 'minutes').toISOString());
