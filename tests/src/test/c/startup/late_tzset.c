/* Asks for the time zone when it has begun to work. */
#include <stdio.h>
#include <time.h>

int main(void) {
  tzset();
  puts("done");
  return 7;
}
