import { DateTime, Interval } from 'luxon';
const start = DateTime.fromISO('2024-02-28T10:00:00', { zone: 'Europe/Paris' });
console.log(start.plus({ days: 2 }).toISO(), start.setLocale('de').toLocaleString(DateTime.DATE_FULL), Interval.after(start, { hours: 25 }).length('days'));
