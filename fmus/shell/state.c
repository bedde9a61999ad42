/* Saving, restoring and serialising everything that decides the future of an instance. */
#include "core.h"

#include <stdlib.h>
#include <string.h>

#define FORMAT_VERSION 4u

typedef struct {
    char magic[8];
    uint32_t version;
    uint32_t bytes; /* of the snapshot */
    char token[64]; /* of the model */
    uint64_t checksum;
} Header;

typedef struct {
    char magic[8];
    hk_Snapshot snapshot;
} Saved;

static const char MAGIC[8] = "HUKKAFMU";

/* FNV-1a, 64 bit. */
static uint64_t fnv1a(uint64_t hash, const void *data, size_t n) {
    const unsigned char *byte = data;
    for (size_t i = 0; i < n; i++) hash = (hash ^ byte[i]) * 0x100000001b3ull;
    return hash;
}

static Header header_of(const void *snapshot) {
    Header header;
    memset(&header, 0, sizeof header);
    memcpy(header.magic, MAGIC, sizeof MAGIC);
    header.version = FORMAT_VERSION;
    header.bytes = (uint32_t)sizeof(hk_Snapshot);
    memcpy(header.token, HK_TOKEN, sizeof HK_TOKEN);
    header.checksum = fnv1a(0xcbf29ce484222325ull, &header, offsetof(Header, checksum));
    header.checksum = fnv1a(header.checksum, snapshot, sizeof(hk_Snapshot));
    return header;
}

static Saved *as_saved(hk_Core *core, const void *state) {
    Saved *saved = (Saved *)state;
    if (saved != NULL && memcmp(saved->magic, MAGIC, sizeof MAGIC) == 0) return saved;
    hk_refuse(core, "the state handed in was not saved by this model");
    return NULL;
}

static Saved *room(hk_Core *core, void **state) {
    if (state == NULL) {
        hk_refuse(core, "state: null pointer");
        return NULL;
    }
    if (*state != NULL) return as_saved(core, *state);
    Saved *saved = calloc(1, sizeof *saved);
    if (saved == NULL) {
        hk_refuse(core, "no memory for a state of %zu bytes", sizeof *saved);
        return NULL;
    }
    memcpy(saved->magic, MAGIC, sizeof MAGIC);
    *state = saved;
    return saved;
}

int hk_save(hk_Core *core, void **state) {
    Saved *saved = room(core, state);
    if (saved == NULL) return 1;
    memcpy(&saved->snapshot, &core->now, sizeof core->now);
    return 0;
}

int hk_restore(hk_Core *core, const void *state) {
    Saved *saved = as_saved(core, state);
    if (saved == NULL) return 1;
    int phase = saved->snapshot.phase;
    if (core->co_simulation ? phase & (HK_EVENT | HK_CONTINUOUS) : phase & HK_STEP) {
        return hk_refuse(core, "the state is one of a %s instance, this is not",
                         core->co_simulation ? "Model Exchange" : "Co-Simulation");
    }
    memcpy(&core->now, &saved->snapshot, sizeof core->now);
    core->fresh = 0;
    core->factorised = 0;
    return 0;
}

void hk_free_state(void **state) {
    if (state == NULL || *state == NULL) return;
    free(*state);
    *state = NULL;
}

size_t hk_serialized_size(void) { return sizeof(Header) + sizeof(hk_Snapshot); }

int hk_serialize(hk_Core *core, const void *state, unsigned char bytes[], size_t n) {
    const Saved *saved = as_saved(core, state);
    if (saved == NULL) return 1;
    if (bytes == NULL || n < hk_serialized_size()) {
        return hk_refuse(core, "serialised state: %zu bytes of room, %zu are needed", n,
                         hk_serialized_size());
    }
    Header header = header_of(&saved->snapshot);
    memcpy(bytes, &header, sizeof header);
    memcpy(bytes + sizeof header, &saved->snapshot, sizeof saved->snapshot);
    return 0;
}

static int check_bytes(hk_Core *core, const Header *found, const Header *expected) {
    if (memcmp(found->magic, MAGIC, sizeof MAGIC) != 0 || found->version != FORMAT_VERSION) {
        return hk_refuse(core, "serialised state: not written by this version of hukka");
    }
    if (memcmp(found->token, expected->token, sizeof found->token) != 0 ||
        found->bytes != expected->bytes) {
        return hk_refuse(core, "serialised state: it belongs to another model");
    }
    if (found->checksum != expected->checksum) {
        return hk_refuse(core, "serialised state: it is corrupt (checksum differs)");
    }
    return 0;
}

int hk_deserialize(hk_Core *core, const unsigned char bytes[], size_t n, void **state) {
    Header found, expected;
    if (bytes == NULL || n != hk_serialized_size()) {
        return hk_refuse(core, "serialised state: %zu bytes, %zu expected", n,
                         hk_serialized_size());
    }
    memcpy(&found, bytes, sizeof found);
    expected = header_of(bytes + sizeof found);
    if (check_bytes(core, &found, &expected)) return 1;
    Saved *saved = room(core, state);
    if (saved == NULL) return 1;
    memcpy(&saved->snapshot, bytes + sizeof found, sizeof saved->snapshot);
    return 0;
}
