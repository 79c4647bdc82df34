// The day on which somebody last compared an entry of a policy file with its source. Laws change, and an entry without a day could
// be years old.
import { z } from 'zod';
import { parseDay } from './calendar.js';

export const dayOfReading = z.string().refine((day) => parseDay(day) !== null, 'must be a day: YYYY-MM-DD');
