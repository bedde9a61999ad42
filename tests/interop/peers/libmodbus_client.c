/* libmodbus as a client: asks what each line of its input says, prints what came back.
 * libmodbus_client tcp HOST PORT | rtu PATH BAUD */
#include <errno.h>
#include <modbus/modbus.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int arguments[2100];
static uint8_t bits[2100];
static uint16_t words[200];

static void values(int count, int of_bits) {
    printf("values");
    for (int i = 0; i < count; i++) printf(" %d", of_bits ? bits[i] : words[i]);
    printf("\n");
}

static void failed(void) {
    if (errno > MODBUS_ENOBASE && errno <= MODBUS_ENOBASE + 11)
        printf("exception %d\n", errno - MODBUS_ENOBASE);
    else if (errno == ETIMEDOUT)
        printf("silent\n");
    else
        printf("error %s\n", modbus_strerror(errno));
}

static void ask(modbus_t *line, int function, const int *a, int count) {
    int done;
    for (int i = 0; i < count; i++) bits[i] = (uint8_t)a[i];
    switch (function) {
    case 1: done = modbus_read_bits(line, a[0], a[1], bits); break;
    case 2: done = modbus_read_input_bits(line, a[0], a[1], bits); break;
    case 3: done = modbus_read_registers(line, a[0], a[1], words); break;
    case 4: done = modbus_read_input_registers(line, a[0], a[1], words); break;
    case 5: done = modbus_write_bit(line, a[0], a[1]); break;
    case 6: done = modbus_write_register(line, a[0], (uint16_t)a[1]); break;
    case 15: done = modbus_write_bits(line, a[0], count - 1, bits + 1); break;
    case 16:
        for (int i = 1; i < count; i++) words[i] = (uint16_t)a[i];
        done = modbus_write_registers(line, a[0], count - 1, words + 1);
        break;
    case 17: done = modbus_report_slave_id(line, sizeof bits, bits); break;
    case 22: done = modbus_mask_write_register(line, a[0], (uint16_t)a[1], (uint16_t)a[2]); break;
    case 23: {
        uint16_t sent[130];
        for (int i = 3; i < count; i++) sent[i - 3] = (uint16_t)a[i];
        done = modbus_write_and_read_registers(line, a[2], count - 3, sent, a[0], a[1], words);
        break;
    }
    default: printf("lacks\n"); return;
    }
    if (done < 0)
        failed();
    else if (function <= 4 || function == 23)
        values(done, function <= 2);
    else
        printf("done\n");
}

int main(int count, char **argument) {
    if (count < 4) return 2;
    modbus_t *line = strcmp(argument[1], "tcp") == 0
                         ? modbus_new_tcp(argument[2], atoi(argument[3]))
                         : modbus_new_rtu(argument[2], atoi(argument[3]), 'N', 8, 1);
    static char text[65536];
    modbus_set_response_timeout(line, 1, 0);
    if (modbus_connect(line) < 0) {
        fprintf(stderr, "connect: %s\n", modbus_strerror(errno));
        return 1;
    }
    while (fgets(text, sizeof text, stdin)) {
        int found = 0;
        for (char *word = strtok(text, " \n"); word && found < 2100; word = strtok(NULL, " \n"))
            arguments[found++] = atoi(word);
        modbus_set_slave(line, arguments[0]);
        ask(line, arguments[1], arguments + 2, found - 2);
        fflush(stdout);
    }
    modbus_close(line);
    modbus_free(line);
    return 0;
}
