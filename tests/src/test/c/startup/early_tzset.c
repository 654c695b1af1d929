/* Asks for the time zone, and works then with what it has. */
#include <stdio.h>
#include <time.h>

__attribute__((noinline)) int work(void) {
  time_t epoch = 0;
  struct tm utc;
  gmtime_r(&epoch, &utc);
  puts("done");
  return utc.tm_mday + 6;
}

int main(void) {
  tzset();
  int status = work();
  return status;
}
