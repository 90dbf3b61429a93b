import { addDays, format } from 'date-fns';
import { de, ja } from 'date-fns/locale';
for (const locale of [de, ja]) console.log(format(addDays(new Date(0), 40), 'PPPP', { locale }));
