/* SPDX-License-Identifier: Apache-2.0
 * The formats of kvmpl_printf: no variables, so that codebases have it too. */
#include "kvmpl/print.h"

struct output {
  char *text;
  unsigned int size, length;
};

static void put(struct output *to, char c) {
  if (to->length + 1 < to->size) to->text[to->length++] = c;
}

static void pad(struct output *to, char with, int width, int length) {
  for (; length < width; length++) put(to, with);
}

static void put_text(struct output *to, const char *text, int width) {
  int length = 0;
  while (text[length]) length++;
  pad(to, ' ', width, length);
  for (int i = 0; i < length; i++) put(to, text[i]);
}

static void put_number(struct output *to, unsigned long value, unsigned int base, int negative, char with, int width) {
  char digits[24];
  int length = 0;
  do digits[length++] = "0123456789abcdef"[value % base];
  while ((value /= base) != 0);
  if (negative && with == '0') put(to, '-');
  if (negative && with == ' ') digits[length++] = '-';
  pad(to, with, width - (negative && with == '0'), length);
  while (length > 0) put(to, digits[--length]);
}

unsigned int kvmpl_vformat(char *text, unsigned int size, const char *format, va_list arguments) {
  struct output to = {text, size, 0};
  for (; *format; format++) {
    if (*format != '%') {
      put(&to, *format);
      continue;
    }
    char with = ' ';
    int width = 0, is_long = 0, prefix = 0;
    for (format++; *format == '0' || *format == '#'; format++) {
      if (*format == '0') with = '0';
      if (*format == '#') prefix = 1;
    }
    for (; *format >= '0' && *format <= '9'; format++) width = width * 10 + *format - '0';
    for (; *format == 'l'; format++) is_long = 1;
    switch (*format) {
      case 's': put_text(&to, va_arg(arguments, const char *), width); break;
      case 'c': put(&to, (char)va_arg(arguments, int)); break;
      case 'd': {
        long value = is_long ? va_arg(arguments, long) : va_arg(arguments, int);
        put_number(&to, value < 0 ? -(unsigned long)value : (unsigned long)value, 10, value < 0, with, width);
        break;
      }
      case 'u':
      case 'x':
        if (prefix) put_text(&to, "0x", 0);
        put_number(&to, is_long ? va_arg(arguments, unsigned long) : va_arg(arguments, unsigned int),
                   *format == 'x' ? 16 : 10, 0, with, width);
        break;
      case 'p':
        put_text(&to, "0x", 0);
        put_number(&to, (unsigned long)va_arg(arguments, void *), 16, 0, ' ', 0);
        break;
      case 0: format--; break; /* a single % at the end */
      default: put(&to, *format);
    }
  }
  if (size) text[to.length] = 0;
  return to.length;
}
