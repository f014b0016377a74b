/* Where words begin in scripts without spaces: render/unicode/words.py. */
#include "breaks.h"

#include <stdlib.h>

enum { WORD_COST = 1, STRANGER_COST = 4, MAX_CLUSTERS = 127 };
enum { THAI = 0x0E00, THAI_FIRST = 0x0E01, THAI_END = 0x0E4F };
#define ENDS_WORD (UINT32_C(1) << 31)

static int is_between(uint32_t code, uint32_t first, uint32_t end) { return code - first < end - first; }

/* The list of words. */

typedef struct {
    uint32_t child, next; /* 0: none */
    uint8_t letter, ends_word;
} Draft;

/* The child for a letter, made where there is none; siblings stay in order. */
static uint32_t child_for(Draft *drafts, uint32_t parent, uint8_t letter, uint32_t *n) {
    uint32_t *link = &drafts[parent].child;
    while (*link && drafts[*link].letter < letter) link = &drafts[*link].next;
    if (!*link || drafts[*link].letter != letter) {
        drafts[*n] = (Draft){.next = *link, .letter = letter};
        *link = (*n)++;
    }
    return *link;
}

Node *make_lexicon(const uint32_t *list, size_t n, size_t *n_nodes) {
    if (n > UINT32_MAX / 2) return NULL;
    Draft *drafts = calloc(n + 1, sizeof(Draft));
    Node *nodes = NULL;
    uint32_t *order = NULL, n_drafts = 1;
    if (!drafts) return NULL;
    for (size_t start = 0, end; start < n; start = end + 1) {
        int is_thai = 1;
        for (end = start; end < n && list[end] != '\n'; end++) is_thai &= is_between(list[end], THAI_FIRST, THAI_END);
        if (!is_thai || end == start) continue;
        uint32_t at = 0;
        for (size_t i = start; i < end; i++) at = child_for(drafts, at, (uint8_t)(list[i] - THAI), &n_drafts);
        drafts[at].ends_word = 1;
    }
    nodes = calloc(n_drafts, sizeof(Node));
    order = malloc(n_drafts * sizeof(uint32_t));
    if (nodes && order) {
        uint32_t n_placed = 1;
        order[0] = 0;
        for (uint32_t at = 0; at < n_drafts; at++) {
            const Draft *draft = drafts + order[at];
            Node *node = nodes + at;
            node->high = draft->ends_word ? ENDS_WORD : 0;
            node->first = n_placed;
            for (uint32_t child = draft->child; child; child = drafts[child].next) {
                unsigned letter = drafts[child].letter;
                if (letter < 64)
                    node->low |= UINT64_C(1) << letter;
                else
                    node->high |= UINT32_C(1) << (letter - 64);
                order[n_placed++] = child;
            }
        }
        *n_nodes = n_drafts;
    } else {
        free(nodes);
        nodes = NULL;
    }
    free(order);
    free(drafts);
    return nodes;
}

static unsigned count_64(uint64_t bits) {
#if defined(__GNUC__) || defined(__clang__)
    return (unsigned)__builtin_popcountll(bits);
#else
    unsigned n = 0;
    for (; bits; bits &= bits - 1) n++;
    return n;
#endif
}

/* The child for a Thai letter, or NULL. */
static const Node *step(const Node *lexicon, const Node *node, uint32_t code) {
    unsigned letter = code - THAI;
    if (letter < 64) {
        uint64_t bit = UINT64_C(1) << letter;
        return node->low & bit ? lexicon + node->first + count_64(node->low & (bit - 1)) : NULL;
    }
    uint32_t bit = UINT32_C(1) << (letter - 64);
    return node->high & bit ? lexicon + node->first + count_64(node->low) + count_64(node->high & (bit - 1)) : NULL;
}

/* Thai. */

static int is_consonant(uint32_t code) { return is_between(code, 0x0E01, 0x0E2F); }

static int follows(uint32_t code) {
    return is_between(code, 0x0E2F, 0x0E3B) || is_between(code, 0x0E45, 0x0E4F);
}

static int starts_cluster(const uint32_t *text, size_t n, size_t at) {
    if (!at) return 1;
    uint32_t code = text[at], before = text[at - 1];
    if (follows(code) || is_between(before, 0x0E40, 0x0E45)) return 0;
    if (!is_consonant(code)) return 1;
    if (at + 1 < n && text[at + 1] == 0x0E4C) return 0;
    if (at + 2 < n && text[at + 2] == 0x0E4C && (text[at + 1] == 0x0E34 || is_between(text[at + 1], 0x0E38, 0x0E3A))) return 0;
    size_t back = is_between(before, 0x0E48, 0x0E4C) ? 2 : 1;
    if (at < back + 1) return 1;
    size_t v = at - back;
    uint32_t vowel = text[v];
    if (vowel == 0x0E31 || vowel == 0x0E37) return 0;
    if (vowel == 0x0E47) return text[v - 1] == 0x0E01 && (v < 2 || !is_between(text[v - 2], 0x0E40, 0x0E42));
    if (vowel == 0x0E35 && code == 0x0E22 && is_consonant(text[v - 1]) && v >= 2) {
        if (text[v - 2] == 0x0E40) return 0;
        return !(v >= 3 && is_consonant(text[v - 2]) && text[v - 3] == 0x0E40);
    }
    return 1;
}

/* While the best way is looked for, starts[i] has its highest bit set where a cluster begins, and the number of clusters of the best word
   whose last cluster this is in the others, or 0 if it is of no word. */
enum { CLUSTER = 128, LENGTH = 127 };

static size_t cluster_before(const uint8_t *starts, size_t at) {
    do at--;
    while (!(starts[at] & CLUSTER));
    return at;
}

static void thai(const uint32_t *text, size_t n, const Node *lexicon, uint8_t *starts) {
    for (size_t i = 0; i < n; i++) starts[i] = starts_cluster(text, n, i) ? CLUSTER : 0;
    /* Costs of the ways to this cluster and to those that a word from here may reach. */
    int64_t cost[MAX_CLUSTERS + 1];
    for (int i = 0; i <= MAX_CLUSTERS; i++) cost[i] = INT64_MAX;
    cost[0] = 0;
    size_t number = 0;
    for (size_t first = 0; first < n; number++) {
        int64_t here = cost[number & MAX_CLUSTERS], *next = cost + ((number + 1) & MAX_CLUSTERS);
        if (here + STRANGER_COST < *next) {
            *next = here + STRANGER_COST;
            starts[first] = CLUSTER;
        }
        size_t n_clusters = 1, last = first;
        const Node *node = lexicon;
        for (size_t end = first; node && end < n;) {
            node = step(lexicon, node, text[end++]);
            if (end < n && !(starts[end] & CLUSTER)) continue;
            /* Here the n_clusters-th cluster ends, which began at `last`. */
            if (node && node->high & ENDS_WORD && here + WORD_COST <= cost[(number + n_clusters) & MAX_CLUSTERS]) {
                cost[(number + n_clusters) & MAX_CLUSTERS] = here + WORD_COST;
                starts[last] = (uint8_t)(CLUSTER | n_clusters);
            }
            if (n_clusters++ == MAX_CLUSTERS) break;
            last = end;
        }
        cost[number & MAX_CLUSTERS] = INT64_MAX;
        for (first++; first < n && !(starts[first] & CLUSTER);) first++;
    }
    for (size_t at = n; at;) {
        size_t end = at;
        at = cluster_before(starts, at);
        int n_clusters = starts[at] & LENGTH, is_stranger = !n_clusters;
        if (n_clusters)
            while (--n_clusters) at = cluster_before(starts, at);
        else
            while (at) {
                size_t before = cluster_before(starts, at);
                if (starts[before] & LENGTH) break;
                at = before;
            }
        starts[at] = 1;
        for (size_t i = at + 1; i < end; i++) starts[i] = 0;
        /* A letter alone that is no word belongs to what is before or behind it, and which of the two cannot be told. */
        if (is_stranger && end - at == 1) {
            starts[at] = !at;
            if (end < n) starts[end] = 0;
        }
    }
}

/* Lao, Khmer and Burmese, by rule of thumb. */

static int is_lao_leading(uint32_t code) { return is_between(code, 0x0EC0, 0x0EC5); }
static int is_lao_base(uint32_t code) { return is_between(code, 0x0E81, 0x0EAF) || is_between(code, 0x0EDC, 0x0EE0); }
static int is_lao_sign(uint32_t code) { return is_between(code, 0x0EB0, 0x0EBE) || is_between(code, 0x0EC8, 0x0ECF); }

/* ຣ, ລ and ວ are the second letter of many a start; ຫ before a nasal or one of these is its first. */
static int is_lao_start(uint32_t before, uint32_t code, uint32_t after) {
    if (is_lao_leading(before)) return 0;
    if (is_lao_leading(code)) return 1;
    if (!is_lao_base(code) || !is_lao_sign(after)) return 0;
    if (is_lao_base(before) && (code == 0x0EA3 || code == 0x0EA5 || code == 0x0EA7)) return 0;
    return !(before == 0x0EAB && (code == 0x0E87 || code == 0x0E8D || code == 0x0E99 || code == 0x0EA1));
}

static int is_khmer_start(uint32_t before, uint32_t code, uint32_t after) {
    return is_between(code, 0x1780, 0x17B4) && before != 0x17D2 && is_between(after, 0x17B6, 0x17D3);
}

static int is_burmese_start(uint32_t before, uint32_t code, uint32_t after, uint32_t second) {
    int is_base = is_between(code, 0x1000, 0x102B) || code == 0x103F || code == 0x104E || is_between(code, 0x1050, 0x1056) ||
                  is_between(code, 0x105A, 0x105E) || code == 0x1061 || is_between(code, 0x1065, 0x1067) ||
                  is_between(code, 0x106E, 0x1071) || is_between(code, 0x1075, 0x1082) || code == 0x108E;
    return is_base && before != 0x1039 && after != 0x1039 && after != 0x103A && !(after == 0x1037 && second == 0x103A);
}

enum { OTHER_SCRIPT, THAI_SCRIPT, LAO, KHMER, BURMESE };

static int script_of(uint32_t code) {
    if (is_between(code, THAI_FIRST, THAI_END)) return THAI_SCRIPT;
    if (is_between(code, 0x0E80, 0x0F00)) return LAO;
    if (is_between(code, 0x1780, 0x1800)) return KHMER;
    if (is_between(code, 0x1000, 0x10A0) || is_between(code, 0xA9E0, 0xAA00) || is_between(code, 0xAA60, 0xAA80)) return BURMESE;
    return OTHER_SCRIPT;
}

static void syllables(const uint32_t *text, size_t n, int script, uint8_t *starts) {
    starts[0] = 1;
    for (size_t i = 1; i < n; i++) {
        uint32_t before = text[i - 1], code = text[i], after = i + 1 < n ? text[i + 1] : 0, second = i + 2 < n ? text[i + 2] : 0;
        starts[i] = (uint8_t)(script == LAO ? is_lao_start(before, code, after) : script == KHMER ? is_khmer_start(before, code, after)
                              : script == BURMESE ? is_burmese_start(before, code, after, second) : 0);
    }
}

void word_starts(const uint32_t *text, size_t n, const Node *lexicon, uint8_t *starts) {
    for (size_t at = 0, end; at < n; at = end) {
        int script = script_of(text[at]);
        for (end = at + 1; end < n && script_of(text[end]) == script;) end++;
        if (script == THAI_SCRIPT)
            thai(text + at, end - at, lexicon, starts + at);
        else
            syllables(text + at, end - at, script, starts + at);
    }
}
