/* word_cells._WordTable: the cell numbers of words that occurred before. Words lie one after another in `units`, their cells in `numbers`; a
   slot of the hash table names where a word begins and how long it is. */
#include "kernel.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
    uint32_t hash, length; /* length 0: empty */
    size_t at;
} Slot;

struct WordTable {
    uint32_t *units;
    int32_t *numbers;
    size_t n_units, units_room;
    Slot *slots;
    size_t n_slots, n_words;
};

WordTable *make_words(void) {
    WordTable *words = calloc(1, sizeof(WordTable));
    if (words && !(words->slots = calloc(words->n_slots = 1 << 10, sizeof(Slot)))) {
        free(words);
        return NULL;
    }
    return words;
}

void free_words(WordTable *words) {
    if (!words) return;
    free(words->units);
    free(words->numbers);
    free(words->slots);
    free(words);
}

void clear_words(WordTable *words) {
    memset(words->slots, 0, words->n_slots * sizeof(Slot));
    words->n_units = words->n_words = 0;
}

static uint32_t hash_of(const uint32_t *word, size_t n) {
    uint64_t hash = n * UINT64_C(0x9E3779B97F4A7C15);
    for (size_t i = 0; i < n; i++) hash = (hash ^ word[i]) * UINT64_C(0xFF51AFD7ED558CCD), hash ^= hash >> 32;
    return (uint32_t)hash;
}

/* The slot of a word, or the empty one where it would go. */
static Slot *slot_of(const WordTable *words, const uint32_t *word, size_t n, uint32_t hash) {
    const size_t mask = words->n_slots - 1;
    for (size_t s = hash & mask;; s = (s + 1) & mask) {
        Slot *slot = words->slots + s;
        if (!slot->length || (slot->hash == hash && slot->length == n && !memcmp(words->units + slot->at, word, n * sizeof(uint32_t))))
            return slot;
    }
}

static int grow_slots(WordTable *words) {
    Slot *old = words->slots;
    const size_t n = words->n_slots;
    Slot *slots = calloc(2 * n, sizeof(Slot));
    if (!slots) return 0;
    words->slots = slots;
    words->n_slots = 2 * n;
    for (Slot *slot = old; slot < old + n; slot++)
        if (slot->length) {
            size_t s = slot->hash & (2 * n - 1);
            while (slots[s].length) s = (s + 1) & (2 * n - 1);
            slots[s] = *slot;
        }
    free(old);
    return 1;
}

int add_word(WordTable *words, const uint32_t *word, size_t n, const int32_t *numbers) {
    if (!n) return 1;
    const uint32_t hash = hash_of(word, n);
    Slot *slot = slot_of(words, word, n, hash);
    if (slot->length) {
        if (numbers) memcpy(words->numbers + slot->at, numbers, n * sizeof(int32_t));
        return 1;
    }
    if (words->n_units + n > words->units_room) {
        const size_t room = 2 * (words->n_units + n) + 4096;
        uint32_t *units = realloc(words->units, room * sizeof(uint32_t));
        if (!units) return 0;
        words->units = units;
        int32_t *cells = realloc(words->numbers, room * sizeof(int32_t));
        if (!cells) return 0;
        words->numbers = cells;
        words->units_room = room;
    }
    memcpy(words->units + words->n_units, word, n * sizeof(uint32_t));
    if (numbers)
        memcpy(words->numbers + words->n_units, numbers, n * sizeof(int32_t));
    else
        memset(words->numbers + words->n_units, 0xFF, n * sizeof(int32_t));
    *slot = (Slot){hash, (uint32_t)n, words->n_units};
    words->n_units += n;
    return 2 * ++words->n_words < words->n_slots || grow_slots(words);
}

size_t n_units_of(const WordTable *words) { return words->n_units; }

/* Words that are not known are taken up with numbers of -1, so that each is named once. */
int find_words(WordTable *words, const uint32_t *units, const uint8_t *starts, size_t n, int32_t *numbers, Pair *missing, size_t *n_missing) {
    *n_missing = 0;
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && !starts[end]; end++) {}
        const Slot *slot = slot_of(words, units + i, end - i, hash_of(units + i, end - i));
        if (slot->length) {
            memcpy(numbers + i, words->numbers + slot->at, (end - i) * sizeof(int32_t));
        } else {
            missing[(*n_missing)++] = (Pair){(int64_t)i, (int64_t)end};
            if (!add_word(words, units + i, end - i, NULL)) return 0;
        }
    }
    return 1;
}
