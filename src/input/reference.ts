// References: what customers and staff call a payment, an invoice or a case elsewhere. They are never empty.

export const REFERENCE = /^[A-Za-z0-9_-]{1,64}$/;
