/* Queries from many addresses of this machine at once, as dnsperf sends them from one.
   sources PORT FIRST COUNT SECONDS FILE: to 127.0.0.1, from FIRST and the COUNT - 1 addresses after it in turn, for the names in
   FILE (lines of name and type, of which A is asked), with EDNS. Writes how many were answered with NOERROR, with another rcode,
   and not at all. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum { BATCH = 64, MESSAGE = 512, NAMES = 65536, BUFFER = 4 << 20, OUTSTANDING = 640, PATIENCE_MS = 1000, STEP = 7919 };

static unsigned char names[NAMES][MESSAGE];
static size_t sizes[NAMES];
static size_t count_names;

struct slot {
  unsigned char message[MESSAGE];
  char control[CMSG_SPACE(sizeof(struct in_pktinfo))];
  struct iovec part;
};
static struct slot slots[BATCH];
static struct mmsghdr out[BATCH], in[BATCH];
static unsigned char received[BATCH][1500];
static struct iovec in_parts[BATCH];

/* A query for an A record, with RD and an OPT record of 1232 bytes. */
static size_t encode(unsigned char *at, char *name) {
  static const unsigned char head[12] = {0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1};
  static const unsigned char tail[] = {0, 0, 1, 0, 1, 0, 0, 41, 0x04, 0xd0, 0, 0, 0, 0, 0, 0};
  unsigned char *start = at;
  memcpy(at, head, sizeof head);
  at += sizeof head;
  for (char *label = strtok(name, "."); label != NULL; label = strtok(NULL, ".")) {
    size_t size = strlen(label);
    *at++ = size;
    memcpy(at, label, size);
    at += size;
  }
  memcpy(at, tail, sizeof tail);
  return at + sizeof tail - start;
}

static int read_names(const char *path) {
  char line[300];
  FILE *file = fopen(path, "r");
  if (file == NULL) return 0;
  while (count_names < NAMES && fgets(line, sizeof line, file) != NULL) {
    line[strcspn(line, " \n")] = 0;
    if (line[0] != 0) {
      sizes[count_names] = encode(names[count_names], line);
      count_names++;
    }
  }
  fclose(file);
  return count_names > 0;
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + time.tv_nsec / 1e9;
}

int main(int arguments, char **argument) {
  if (arguments != 6 || !read_names(argument[5])) return 2;
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(atoi(argument[1]))};
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  unsigned first = ntohl(inet_addr(argument[2])), count = atoi(argument[3]);
  double end = now() + atof(argument[4]);
  int udp = socket(AF_INET, SOCK_DGRAM, 0), size = BUFFER;
  struct sockaddr_in any = {.sin_family = AF_INET};
  setsockopt(udp, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  setsockopt(udp, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
  if (bind(udp, (struct sockaddr *)&any, sizeof any) != 0) return 1;
  for (int i = 0; i < BATCH; i++) {
    slots[i].part.iov_base = slots[i].message;
    out[i].msg_hdr = (struct msghdr){.msg_name = &to, .msg_namelen = sizeof to, .msg_iov = &slots[i].part, .msg_iovlen = 1,
                                     .msg_control = slots[i].control, .msg_controllen = sizeof slots[i].control};
    struct cmsghdr *control = CMSG_FIRSTHDR(&out[i].msg_hdr);
    control->cmsg_level = IPPROTO_IP;
    control->cmsg_type = IP_PKTINFO;
    control->cmsg_len = CMSG_LEN(sizeof(struct in_pktinfo));
    in_parts[i] = (struct iovec){.iov_base = received[i], .iov_len = sizeof received[i]};
    in[i].msg_hdr = (struct msghdr){.msg_iov = &in_parts[i], .msg_iovlen = 1};
  }
  unsigned long sent = 0, good = 0, bad = 0, lost = 0;
  for (;;) {
    int sending = now() < end;
    while (sending && sent - good - bad - lost <= OUTSTANDING - BATCH) {
      for (int i = 0; i < BATCH; i++) {
        unsigned long query = sent + i;
        size_t name = query % count_names;
        memcpy(slots[i].message, names[name], sizes[name]);
        slots[i].message[0] = query >> 8;
        slots[i].message[1] = query;
        slots[i].part.iov_len = sizes[name];
        struct in_pktinfo *from = (struct in_pktinfo *)CMSG_DATA(CMSG_FIRSTHDR(&out[i].msg_hdr));
        from->ipi_ifindex = 0;
        from->ipi_spec_dst.s_addr = htonl(first + (query * STEP) % count);
      }
      int more = sendmmsg(udp, out, BATCH, 0);
      if (more <= 0) return 1;
      sent += more;
    }
    if (sent == good + bad + lost) break;
    struct pollfd ready = {.fd = udp, .events = POLLIN};
    if (poll(&ready, 1, PATIENCE_MS) == 0) {
      lost = sent - good - bad;
      continue;
    }
    int more = recvmmsg(udp, in, BATCH, MSG_DONTWAIT, NULL);
    for (int i = 0; i < more; i++) {
      if ((received[i][3] & 15) == 0) good++;
      else bad++;
    }
  }
  printf("%lu %lu %lu\n", good, bad, lost);
  return 0;
}
