// When somebody last compared an entry of a policy file with its source: laws change, and an entry without a day cannot be
// told from one that nobody has looked at for years.
import { z } from 'zod';
import { parseDay } from './calendar.js';

export const dayOfReading = z.string().refine((day) => parseDay(day) !== null, 'must be a day: YYYY-MM-DD');
