/* Levels and order of characters that run both ways: src/smallprint/render/unicode/bidi.py, where the rules are written out one by one.

   Here W1 to W7 are one pass, and N0 to I2 another. Both work in the bytes that come in as classes and go out as levels. */
#include <stdlib.h>
#include <string.h>

#include "kernel.h"

/* properties.names("bidi_class"); then what the first pass leaves for the second. */
enum { AL, AN, B, BN, CS, EN, ES, ET, FSI, L, LRE, LRI, LRO, NSM, ON, PDF, PDI, R, RLE, RLI, RLO, S, WS, N_CLASSES };
enum { TURNED = 30 }; /* a closing bracket that N0 has made L, and 31 if R */
enum { OPENING = 0x40, CLOSING = 0x80, PAIR = 0x3F };
enum { MAX_DEPTH = 125, MAX_OPEN = 63 };

#define BIT(class) (1u << (class))
static const uint32_t STRONG = BIT(L) | BIT(R) | BIT(AL), ISOLATES = BIT(LRI) | BIT(RLI) | BIT(FSI),
                      REMOVED = BIT(LRE) | BIT(RLE) | BIT(LRO) | BIT(RLO) | BIT(PDF) | BIT(BN),
                      SPACES = BIT(WS) | BIT(PDI) | BIT(LRI) | BIT(RLI) | BIT(FSI),
                      LEFTWARD = BIT(R) | BIT(AL) | BIT(AN) | BIT(LRE) | BIT(RLE) | BIT(LRO) | BIT(RLO) | BIT(PDF) | BIT(LRI) | BIT(RLI) |
                                 BIT(FSI);

/* The class as one bit; brackets, which are of class ON, have one to themselves. */
static ALWAYS_INLINE uint32_t bit(uint8_t kind) { return 1u << (kind < N_CLASSES ? kind : N_CLASSES); }

/* Room for `n` items. */
static int make_room(void *block, size_t *room, size_t n, size_t size) {
    if (n <= *room) return 1;
    size_t wanted = n > 2 * *room ? n : 2 * *room;
    void *grown = realloc(*(void **)block, wanted * size);
    if (!grown) return 0;
    *(void **)block = grown;
    *room = wanted;
    return 1;
}

void bidi_free(Bidi *work) {
    free(work->kinds);
    free(work->runs);
    free(work->brackets);
    free(work->open);
    memset(work, 0, sizeof *work);
}

/* P2, P3. */
int bidi_base(const uint32_t *code_points, size_t n, const uint8_t *table) {
    size_t depth = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t of = bit(table[code_points[i]]);
        if (of & STRONG) {
            if (!depth) return !(of & BIT(L));
        } else if (of & ISOLATES) {
            depth++;
        } else if (of & BIT(PDI)) {
            if (depth) depth--;
        } else if (of & BIT(B)) {
            break;
        }
    }
    return 0;
}

/* Opening brackets that wait for theirs. */
typedef struct {
    size_t place[MAX_OPEN];
    uint8_t pair[MAX_OPEN], seen[MAX_OPEN];
    uint32_t n_open[PAIR + 1];
    int n, is_over;
} Stack;

/* BD16, a bracket at `i`; `seen` are the directions since the last one. */
static int add_bracket(Stack *stack, Bidi *work, size_t i, uint8_t kind, uint8_t seen) {
    int pair = kind & PAIR;
    if (stack->is_over) return 1;
    if (stack->n) stack->seen[stack->n - 1] |= seen;
    if (kind & OPENING) {
        if (stack->n == MAX_OPEN) {
            stack->is_over = 1;
            return 1;
        }
        if (!make_room(&work->brackets, &work->brackets_room, work->n_brackets + 1, sizeof *work->brackets)) return 0;
        work->brackets[work->n_brackets] = (BidiBracket){(uint32_t)i, 0, 0};
        stack->place[stack->n] = work->n_brackets++;
        stack->pair[stack->n] = (uint8_t)pair;
        stack->seen[stack->n++] = 0;
        stack->n_open[pair]++;
    } else if (stack->n_open[pair]) {
        uint8_t inside = 0, other;
        do {
            stack->n--;
            inside |= stack->seen[stack->n];
            other = stack->pair[stack->n];
            stack->n_open[other]--;
        } while (other != pair);
        BidiBracket *bracket = work->brackets + stack->place[stack->n];
        bracket->last = (uint32_t)i;
        bracket->seen = inside;
        if (stack->n) stack->seen[stack->n - 1] |= inside;
    }
    return 1;
}

/* W1 to W7 and BD16. Leaves L, R, AN for all numbers, ON for all that is neutral, brackets as they are, and NSM after a bracket. */
static int weak(uint8_t *kinds, size_t n, int sos, Bidi *work) {
    enum { TO_L = 1, TO_R = 2 };
    /* What the character before is to numbers: nothing, a digit of either sort, terminators behind one or before one to come. */
    enum { NOTHING, EUROPEAN, ARABIC, BEHIND, WAITING } before = NOTHING;
    Stack stack;
    int has_stack = 0;
    size_t waiting = 0;
    uint8_t strong = sos ? R : L, last = strong, seen = 0;
    work->n_brackets = 0;
    for (size_t i = 0; i < n; i++) {
        uint8_t kind = kinds[i];
        if (kind == NSM) {
            if (last >= OPENING) {
                before = NOTHING;
                continue;
            }
            kind = bit(last) & (ISOLATES | BIT(PDI)) ? ON : last;
        }
        last = kind;
        switch (kind) {
        case L:
            strong = L;
            seen |= TO_L;
            kinds[i] = L;
            before = NOTHING;
            break;
        case R:
        case AL:
            strong = kind;
            seen |= TO_R;
            kinds[i] = R;
            before = NOTHING;
            break;
        case EN:
        european:
            if (strong == AL) goto arabic;
            kind = strong == L ? L : AN;
            seen |= strong == L ? TO_L : TO_R;
            if (before == WAITING) memset(kinds + waiting, kind, i - waiting);
            kinds[i] = kind;
            before = EUROPEAN;
            break;
        case AN:
        arabic:
            seen |= TO_R;
            kinds[i] = AN;
            before = ARABIC;
            break;
        case ES:
        case CS:
            if (i + 1 < n && before == EUROPEAN && kinds[i + 1] == EN) goto european;
            if (i + 1 < n && before == ARABIC && kind == CS && (kinds[i + 1] == AN || (kinds[i + 1] == EN && strong == AL))) goto arabic;
            kinds[i] = ON;
            before = NOTHING;
            break;
        case ET:
            if (before == EUROPEAN || before == BEHIND) {
                kinds[i] = strong == L ? L : AN;
                before = BEHIND;
            } else {
                if (before != WAITING) waiting = i;
                kinds[i] = ON;
                before = WAITING;
            }
            break;
        default:
            before = NOTHING;
            if (kind >= OPENING) {
                if (!has_stack) {
                    memset(stack.n_open, 0, sizeof stack.n_open);
                    stack.n = stack.is_over = 0;
                    has_stack = 1;
                }
                if (!add_bracket(&stack, work, i, kind, seen)) return 0;
                seen = 0;
            } else {
                kinds[i] = ON;
            }
        }
    }
    return 1;
}

/* N0 to I2: levels in place of what `weak` left. */
static void neutral(uint8_t *kinds, size_t n, int level, int sos, int eos, const Bidi *work) {
    const int toward = level & 1;
    const uint8_t of[2] = {(uint8_t)(level + toward), (uint8_t)(level + !toward)}, number = (uint8_t)(level + 2 - toward);
    const BidiBracket *bracket = work->brackets, *end = bracket + work->n_brackets;
    size_t start = 0;
    int before = sos, turned = -1; /* to what the bracket before was turned */
    for (size_t i = 0; i < n; i++) {
        uint8_t kind = kinds[i], out;
        int direction;
        if (kind == ON) continue;
        if (kind == R) {
            direction = 1;
            out = of[1];
        } else if (kind == L) {
            direction = 0;
            out = of[0];
        } else if (kind == AN) {
            direction = 1;
            out = number;
        } else {
            if (kind == TURNED || kind == TURNED + 1) {
                turned = kind - TURNED;
            } else if (kind & OPENING) {
                turned = -1;
                if (bracket < end && bracket->first == i) {
                    if (bracket->last && bracket->seen) {
                        turned = bracket->seen & (1 << toward) || before == toward ? toward : !toward;
                        kinds[bracket->last] = (uint8_t)(TURNED + turned);
                    }
                    bracket++;
                }
            } else if (kind != NSM) {
                turned = -1;
            }
            if (turned < 0) continue;
            direction = turned;
            out = of[turned];
        }
        if (start < i) memset(kinds + start, of[before == direction ? direction : toward], i - start);
        kinds[i] = out;
        before = direction;
        start = i + 1;
    }
    if (start < n) memset(kinds + start, of[before == eos ? eos : toward], n - start);
}

static int resolve(uint8_t *kinds, size_t n, int level, int sos, int eos, Bidi *work) {
    if (!weak(kinds, n, sos, work)) return 0;
    neutral(kinds, n, level, sos, eos, work);
    return 1;
}

/* X5c for all at once: each becomes the isolate that it stands for. */
static int settle_fsi(uint8_t *kinds, size_t n, Bidi *work) {
    size_t n_open = 0; /* items: twice the place, and 1 when the direction is known */
    for (size_t i = 0; i < n; i++) {
        uint32_t of = bit(kinds[i]);
        if (of & ISOLATES) {
            if (!make_room(&work->open, &work->open_room, n_open + 1, sizeof *work->open)) return 0;
            work->open[n_open++] = (uint32_t)(2 * i) | (kinds[i] != FSI);
            if (kinds[i] == FSI) kinds[i] = LRI;
        } else if (of & BIT(PDI)) {
            if (n_open) n_open--;
        } else if (of & BIT(B)) {
            n_open = 0;
        } else if (of & STRONG && n_open && !(work->open[n_open - 1] & 1)) {
            if (kinds[i] != L) kinds[work->open[n_open - 1] / 2] = RLI;
            work->open[n_open - 1] |= 1;
        }
    }
    return 1;
}

/* X1 to X8: overrides into `kinds`, and the level runs. */
static int explicit_levels(uint8_t *kinds, size_t n, int base, Bidi *work) {
    struct {
        int32_t run; /* that of an isolate's initiator, or -1 */
        uint8_t level, override;
    } stack[MAX_DEPTH + 2] = {{-1, (uint8_t)base, ON}};
    int top = 0;
    size_t n_isolates = 0, deep_isolates = 0, deep_embeddings = 0;
    work->n_runs = 0;
    for (size_t i = 0; i < n; i++) {
        uint8_t kind = kinds[i];
        int32_t goes_on = -1;
        if (kind == PDI) {
            if (deep_isolates) {
                deep_isolates--;
            } else if (n_isolates) {
                deep_embeddings = 0;
                while (stack[top].run < 0) top--;
                goes_on = stack[top--].run;
                n_isolates--;
            }
        } else if (kind == PDF) {
            if (deep_isolates)
                ;
            else if (deep_embeddings)
                deep_embeddings--;
            else if (stack[top].run < 0 && top)
                top--;
        } else if (kind == B) {
            top = 0;
            n_isolates = deep_isolates = deep_embeddings = 0;
        }
        int level = stack[top].level;
        if (!(bit(kind) & REMOVED)) {
            if (stack[top].override != ON) kinds[i] = stack[top].override;
            BidiRun *run = work->runs + work->n_runs;
            if (!work->n_runs || run[-1].level != level) {
                if (!make_room(&work->runs, &work->runs_room, work->n_runs + 1, sizeof *work->runs)) return 0;
                work->runs[work->n_runs] = (BidiRun){(uint32_t)i, (uint32_t)i + 1, -1, (uint8_t)level, goes_on < 0};
                if (goes_on >= 0) work->runs[goes_on].next = (int32_t)work->n_runs;
                work->n_runs++;
            } else {
                run[-1].end = (uint32_t)i + 1;
            }
        }
        if (bit(kind) & (BIT(LRE) | BIT(RLE) | BIT(LRO) | BIT(RLO) | BIT(LRI) | BIT(RLI))) {
            int is_isolate = kind == LRI || kind == RLI, is_right = kind == RLE || kind == RLO || kind == RLI;
            int deeper = is_right ? (level + 1) | 1 : (level + 2) & ~1;
            if (deeper <= MAX_DEPTH && !deep_isolates && !deep_embeddings) {
                top++;
                n_isolates += (size_t)is_isolate;
                stack[top].run = is_isolate ? (int32_t)work->n_runs - 1 : -1;
                stack[top].level = (uint8_t)deeper;
                stack[top].override = kind == LRO ? L : kind == RLO ? R : ON;
            } else if (is_isolate) {
                deep_isolates++;
            } else if (!deep_isolates) {
                deep_embeddings++;
            }
        }
    }
    return 1;
}

/* X10: the sequences, one after the other; levels in place of `kinds`, but for what X9 removes. */
static int sequences(const uint32_t *code_points, const uint8_t *table, uint8_t *kinds, int base, Bidi *work) {
    const BidiRun *runs = work->runs;
    for (size_t first = 0; first < work->n_runs; first++) {
        if (!runs[first].is_first) continue;
        size_t n = 0, last = first;
        for (int32_t r = (int32_t)first; r >= 0; r = runs[r].next) {
            last = (size_t)r;
            for (uint32_t i = runs[r].start; i < runs[r].end; i++) {
                work->kinds[n] = kinds[i];
                n += !(bit(kinds[i]) & REMOVED);
            }
        }
        int level = runs[first].level, before = first ? runs[first - 1].level : base;
        int is_open = !!(bit(table[code_points[runs[last].end - 1]]) & ISOLATES);
        int after = is_open || last + 1 == work->n_runs ? base : runs[last + 1].level;
        if (!resolve(work->kinds, n, level, (before > level ? before : level) & 1, (after > level ? after : level) & 1, work)) return 0;
        n = 0;
        for (int32_t r = (int32_t)first; r >= 0; r = runs[r].next)
            for (uint32_t i = runs[r].start; i < runs[r].end; i++)
                if (!(bit(kinds[i]) & REMOVED)) kinds[i] = work->kinds[n++];
    }
    return 1;
}

void bidi_line(const uint32_t *code_points, size_t n, const uint8_t *table, int base, uint8_t *levels) {
    size_t end = n;
    while (end && bit(table[code_points[end - 1]]) & (SPACES | REMOVED)) end--;
    while (end && end < n && bit(table[code_points[end]]) & REMOVED) end++;
    memset(levels + end, base, n - end);
}

int bidi_levels(const uint32_t *code_points, size_t n, const uint8_t *table, int base, uint8_t *levels, Bidi *work) {
    if (n > INT32_MAX) return BAD_INPUT;
    uint32_t all = 0;
    for (size_t i = 0; i < n; i++) {
        levels[i] = table[code_points[i]];
        all |= bit(levels[i]);
    }
    if (base < 0) base = bidi_base(code_points, n, table);
    if (!base && !(all & LEFTWARD)) {
        if (n) memset(levels, 0, n);
        return 0;
    }
    if (!(all & (REMOVED | ISOLATES))) {
        if (!resolve(levels, n, base, base, base, work)) return NO_MEMORY;
    } else if (!make_room(&work->kinds, &work->kinds_room, n + 1, 1) || (all & BIT(FSI) && !settle_fsi(levels, n, work)) ||
               !explicit_levels(levels, n, base, work) || !sequences(code_points, table, levels, base, work)) {
        return NO_MEMORY;
    }
    if (all & (BIT(S) | BIT(B)))
        for (size_t i = 0; i < n; i++)
            if (bit(table[code_points[i]]) & (BIT(S) | BIT(B))) {
                bidi_line(code_points, i, table, base, levels);
                levels[i] = (uint8_t)base;
            }
    bidi_line(code_points, n, table, base, levels);
    if (all & REMOVED)
        for (size_t i = 0; i < n; i++)
            if (bit(table[code_points[i]]) & REMOVED) levels[i] = i ? levels[i - 1] : (uint8_t)base;
    return base;
}

void bidi_order(const uint8_t *levels, size_t n, int64_t *order) {
    int highest = 0, lowest = 256;
    for (size_t i = 0; i < n; i++) {
        order[i] = (int64_t)i;
        if (levels[i] > highest) highest = levels[i];
        if (levels[i] & 1 && levels[i] < lowest) lowest = levels[i];
    }
    for (int level = highest; level >= lowest; level--)
        for (size_t i = 0; i < n; i++) {
            if (levels[i] < level) continue;
            size_t end = i + 1;
            while (end < n && levels[end] >= level) end++;
            for (size_t a = i, z = end - 1; a < z; a++, z--) {
                int64_t held = order[a];
                order[a] = order[z];
                order[z] = held;
            }
            i = end;
        }
}
