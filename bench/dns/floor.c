/* The floor of what an answer over UDP costs: recvmmsg, a fixed answer behind the question as it came, sendmmsg.
   floor PORT: on 127.0.0.1, until a signal ends it. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { BATCH = 64, MESSAGE = 1500, HEADER = 12, BUFFER = 4 << 20 };

/* A pointer to the question's name, A, IN, 60 seconds, 192.0.2.1. */
static const unsigned char record[] = {0xc0, HEADER, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1};

static unsigned char messages[BATCH][MESSAGE];
static struct sockaddr_in sources[BATCH];
static struct iovec parts[BATCH];
static struct mmsghdr headers[BATCH];

/* Turns a query into its answer. Returns the answer's size, or 0 when there is no question to answer. */
static size_t answer(unsigned char *message, size_t size) {
  size_t end = HEADER;
  while (end < size && message[end] != 0 && message[end] < 64) end += message[end] + 1;
  if (end + 5 > size || message[end] != 0 || end + 5 + sizeof record > MESSAGE) return 0;
  end += 5;
  message[2] = 0x81; /* QR, RD */
  message[3] = 0x80; /* RA, NOERROR */
  memcpy(message + 4, "\0\1\0\1\0\0\0\0", 8);
  memcpy(message + end, record, sizeof record);
  return end + sizeof record;
}

static void prepare(int slot) {
  parts[slot] = (struct iovec){.iov_base = messages[slot], .iov_len = MESSAGE};
  headers[slot].msg_hdr = (struct msghdr){
      .msg_name = &sources[slot], .msg_namelen = sizeof sources[slot], .msg_iov = &parts[slot], .msg_iovlen = 1};
}

/* Answers what came in the first slots; what has no answer gives its place to the next. */
static void reply(int udp, int received) {
  static struct mmsghdr answers[BATCH];
  int count = 0;
  for (int slot = 0; slot < received; slot++) {
    parts[slot].iov_len = answer(messages[slot], headers[slot].msg_len);
    if (parts[slot].iov_len > 0) answers[count++] = headers[slot];
  }
  for (int sent = 0; sent < count;) {
    int more = sendmmsg(udp, answers + sent, count - sent, 0);
    if (more <= 0) return;
    sent += more;
  }
}

int main(int arguments, char **argument) {
  if (arguments != 2) return 2;
  struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons(atoi(argument[1]))};
  here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int udp = socket(AF_INET, SOCK_DGRAM, 0), size = BUFFER;
  setsockopt(udp, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  setsockopt(udp, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
  if (bind(udp, (struct sockaddr *)&here, sizeof here) != 0) {
    perror("bind");
    return 1;
  }
  for (int slot = 0; slot < BATCH; slot++) prepare(slot);
  for (;;) {
    int received = recvmmsg(udp, headers, BATCH, MSG_WAITFORONE, NULL);
    if (received > 0) reply(udp, received);
    for (int slot = 0; slot < received; slot++) prepare(slot);
  }
}
