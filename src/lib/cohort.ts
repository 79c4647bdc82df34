// The least number of people that a published number is about. Smaller groups could identify somebody.

export const COHORT = 20;
