/* libmodbus as a server of unit 1. Its input says what is in its tables ("hr 1 2 3"), then "serve",
 * and later "dump". libmodbus_server tcp PORT | rtu PATH BAUD */
#include <errno.h>
#include <modbus/modbus.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <unistd.h>

static modbus_mapping_t *tables;

static void dump(void) {
    printf("co");
    for (int i = 0; i < tables->nb_bits; i++) printf(" %d", tables->tab_bits[i]);
    printf(" hr");
    for (int i = 0; i < tables->nb_registers; i++) printf(" %d", tables->tab_registers[i]);
    printf("\n");
    fflush(stdout);
}

static int load(void) {
    static char text[65536];
    static int values[4][2100];
    int sizes[4] = {0};
    const char *names[] = {"co", "di", "hr", "ir"};
    while (fgets(text, sizeof text, stdin)) {
        char *name = strtok(text, " \n");
        if (name == NULL) continue;
        if (strcmp(name, "serve") == 0) break;
        for (int k = 0; k < 4; k++)
            if (strcmp(name, names[k]) == 0)
                for (char *word; (word = strtok(NULL, " \n")) && sizes[k] < 2100;)
                    values[k][sizes[k]++] = atoi(word);
    }
    tables = modbus_mapping_new(sizes[0], sizes[1], sizes[2], sizes[3]);
    if (tables == NULL) return -1;
    for (int i = 0; i < sizes[0]; i++) tables->tab_bits[i] = (uint8_t)values[0][i];
    for (int i = 0; i < sizes[1]; i++) tables->tab_input_bits[i] = (uint8_t)values[1][i];
    for (int i = 0; i < sizes[2]; i++) tables->tab_registers[i] = (uint16_t)values[2][i];
    for (int i = 0; i < sizes[3]; i++) tables->tab_input_registers[i] = (uint16_t)values[3][i];
    return 0;
}

/* One request of the descriptor; -1: its connection is over. */
static int serve(modbus_t *line, int descriptor, int is_tcp) {
    uint8_t request[MODBUS_TCP_MAX_ADU_LENGTH];
    if (is_tcp) modbus_set_socket(line, descriptor);
    int length = modbus_receive(line, request);
    if (length > 0) modbus_reply(line, request, length, tables);
    return length < 0 && is_tcp ? -1 : 0;
}

int main(int count, char **argument) {
    if (count < 3 || load() < 0) return 2;
    setvbuf(stdin, NULL, _IONBF, 0);
    int is_tcp = strcmp(argument[1], "tcp") == 0, door = -1, most;
    modbus_t *line = is_tcp ? modbus_new_tcp("127.0.0.1", atoi(argument[2]))
                            : modbus_new_rtu(argument[2], atoi(argument[3]), 'N', 8, 1);
    fd_set watched, ready;
    FD_ZERO(&watched);
    FD_SET(STDIN_FILENO, &watched);
    modbus_set_slave(line, 1);
    if (is_tcp)
        most = door = modbus_tcp_listen(line, 64);
    else if (modbus_connect(line) == 0)
        most = modbus_get_socket(line);
    else
        most = -1;
    if (most < 0) {
        fprintf(stderr, "%s\n", modbus_strerror(errno));
        return 1;
    }
    FD_SET(most, &watched);
    printf("ready\n");
    fflush(stdout);
    for (;;) {
        ready = watched;
        if (select(most + 1, &ready, NULL, NULL, NULL) < 0) return 1;
        for (int i = 0; i <= most; i++) {
            if (!FD_ISSET(i, &ready)) continue;
            if (i == STDIN_FILENO) {
                char text[64];
                if (!fgets(text, sizeof text, stdin)) return 0;
                dump();
            } else if (i == door) {
                int client = modbus_tcp_accept(line, &door);
                if (client < 0) continue;
                FD_SET(client, &watched);
                if (client > most) most = client;
            } else if (serve(line, i, is_tcp) < 0) {
                close(i);
                FD_CLR(i, &watched);
            }
        }
    }
}
