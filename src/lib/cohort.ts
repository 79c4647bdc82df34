// How many people a number must be of to be told: smaller ones could point at somebody.

export const COHORT = 20;
