// The first import of each program: packages read DEBUG when they are loaded, and then print what they send, passwords of stores
// among it.
delete process.env.DEBUG;
