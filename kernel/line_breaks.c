/* Where lines may end: render/unicode/line_breaks.py. */
#include "breaks.h"

#define B(class) (UINT64_C(1) << (class))

#define ALL (B(N_LB) - 1)
#define HARD (B(LB_BK) | B(LB_CR) | B(LB_LF) | B(LB_NL))
#define ALPHA (B(LB_AL) | B(LB_HL) | B(LB_SA))
#define HANGUL (B(LB_JL) | B(LB_JV) | B(LB_JT) | B(LB_H2) | B(LB_H3))
#define PICTURES (B(LB_ID) | B(LB_EB) | B(LB_EM) | B(LB_XP))
#define OPEN (B(LB_OP) | B(LB_OW))
#define CLOSE (B(LB_CL) | B(LB_CP) | B(LB_PW))
#define SIGNS (B(LB_PO) | B(LB_PR))
#define IN_NUMBER (B(LB_SY) | B(LB_IS))

/* LB6, LB7, LB11, LB13: what stays with anything, also behind spaces; behind ZW only the first. */
#define END (HARD | B(LB_SP) | B(LB_ZW))
#define ANYWHERE (END | CLOSE | IN_NUMBER | B(LB_WJ) | B(LB_EX))
/* LB19, LB12a: what stays with all but a few. LB21, LB22: with all but CB. */
#define NEAR (ANYWHERE | B(LB_QU) | B(LB_GL))
#define LATER (NEAR | B(LB_BA) | B(LB_HY) | B(LB_NS) | B(LB_IN))

/* What stays with a class that stands right before it. */
static const uint64_t keeps[N_LB] = {
    [LB_AL] = LATER | ALPHA | SIGNS | B(LB_NU) | B(LB_OP),
    [LB_SA] = LATER | ALPHA | SIGNS | B(LB_NU) | B(LB_OP),
    [LB_HL] = LATER | ALPHA | SIGNS | B(LB_NU) | B(LB_OP),
    [LB_ZW] = END,
    [LB_WJ] = ALL, [LB_GL] = ALL, [LB_OP] = ALL, [LB_OW] = ALL, [LB_QU] = ALL,
    [LB_BA] = LATER & ~B(LB_GL),
    [LB_HY] = (LATER & ~B(LB_GL)) | B(LB_NU),
    [LB_BB] = ALL & ~B(LB_CB),
    [LB_B2] = LATER | B(LB_B2),
    [LB_CB] = NEAR,
    [LB_CL] = LATER, [LB_PW] = LATER,
    [LB_CP] = LATER | ALPHA | B(LB_NU),
    [LB_EX] = LATER, [LB_IN] = LATER, [LB_NS] = LATER,
    [LB_IS] = LATER | ALPHA,
    [LB_NU] = LATER | ALPHA | SIGNS | B(LB_NU) | B(LB_OP),
    [LB_PO] = LATER | ALPHA | B(LB_NU),
    [LB_PR] = LATER | ALPHA | B(LB_NU) | PICTURES | HANGUL,
    [LB_SY] = LATER | B(LB_HL),
    [LB_H2] = LATER | B(LB_JV) | B(LB_JT) | B(LB_PO), [LB_JV] = LATER | B(LB_JV) | B(LB_JT) | B(LB_PO),
    [LB_H3] = LATER | B(LB_JT) | B(LB_PO), [LB_JT] = LATER | B(LB_JT) | B(LB_PO),
    [LB_JL] = LATER | B(LB_JL) | B(LB_JV) | B(LB_H2) | B(LB_H3) | B(LB_PO),
    [LB_RI] = LATER,
    [LB_EB] = LATER | B(LB_PO) | B(LB_EM), [LB_XP] = LATER | B(LB_PO) | B(LB_EM),
    [LB_EM] = LATER | B(LB_PO), [LB_ID] = LATER | B(LB_PO),
    /* BK, CR, LF and NL are seen to first; SP has a table of its own; marks have taken the class of what they stand on. */
};

/* What stays behind the spaces that follow a class. */
static uint64_t keeps_apart(unsigned class) {
    switch (class) {
    case LB_OP: case LB_OW: return ALL;
    case LB_ZW: return END;
    case LB_QU: return ANYWHERE | OPEN;
    case LB_CL: case LB_CP: case LB_PW: return ANYWHERE | B(LB_NS);
    case LB_B2: return ANYWHERE | B(LB_B2);
    default: return ANYWHERE;
    }
}

/* A number that ends at what was seen last: none, one that may go on, one with a bracket behind it. */
enum { NO_NUMBER, NUMBER, NUMBER_CLOSED };

void line_breaks(const uint32_t *text, size_t n, const LineRules *rules, uint8_t *out) {
    const uint8_t *classes = rules->classes, *starts = rules->cluster_starts;
    /* Of what marks are one with: its class, that of what stood before it, and that of what stands before the spaces. At the start of the
       text or of a paragraph there is nothing, which is told by the class BK. */
    unsigned before = LB_BK, second = LB_BK, solid = LB_BK;
    int number = NO_NUMBER, odd_flags = 0;
    size_t run = 0, run_end = 0, before_at = 0;
    for (size_t i = 0; i < n; i++) {
        unsigned raw = classes[text[i]], class = raw, joined = i && classes[text[i - 1]] == LB_ZWJ;
        if (rules->with_words && (raw == LB_SA || raw == LB_SM) && i >= run_end) {
            for (run = i, run_end = i + 1; run_end < n; run_end++) {
                unsigned next = classes[text[run_end]];
                if (next != LB_SA && next != LB_SM) break;
            }
            word_starts(text + run, run_end - run, rules->lexicon, out + run);
        }
        /* Read before this place is written to. */
        int starts_word = i > run && i < run_end && out[i];
        if (raw == LB_CM || raw == LB_ZWJ || raw == LB_SM) {
            if (!(B(before) & (END | B(LB_SP)))) { /* LB9 */
                out[i - 1] = LINE_KEEP;
                continue;
            }
            class = LB_AL; /* LB10 */
        }
        if (i) {
            uint8_t *behind = out + i - 1;
            if (B(before) & HARD) { /* LB4, LB5 */
                *behind = before == LB_CR && class == LB_LF ? LINE_KEEP : LINE_MUST;
            } else if (before == LB_SP) {
                *behind = joined || (keeps_apart(solid) >> class & 1) ? LINE_KEEP : LINE_MAY;
            } else {
                int keep = keeps[before] >> class & 1;
                if (starts_word && (before == LB_SA || before == LB_AL)) keep = 0;
                keep |= (before == LB_HY || before == LB_BA) && second == LB_HL && class != LB_CB; /* LB21a */
                keep |= number == NUMBER && class == LB_NU;
                keep |= number && (B(class) & SIGNS);
                keep |= class == LB_RI && odd_flags;
                keep |= joined;
                *behind = keep ? LINE_KEEP : LINE_MAY;
                /* LB25: a sign, a bracket or hyphen, and the number that this is. */
                if (class == LB_NU && (B(before) & (OPEN | B(LB_HY))) && (B(second) & SIGNS)) out[before_at - 1] = LINE_KEEP;
            }
        }
        if (class == LB_NU)
            number = NUMBER;
        else if (number != NUMBER || !(B(class) & (IN_NUMBER | CLOSE)))
            number = NO_NUMBER;
        else if (B(class) & CLOSE)
            number = NUMBER_CLOSED;
        odd_flags = class == LB_RI && !odd_flags;
        if (class != LB_SP) solid = class;
        second = before;
        before = class;
        before_at = i;
    }
    if (starts)
        for (size_t i = 1; i < n; i++) out[i - 1] = starts[i] ? out[i - 1] : LINE_KEEP;
    if (n) out[n - 1] = LINE_MUST; /* LB3 */
}
