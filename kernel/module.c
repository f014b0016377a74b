/* The Python module smallprint.render._kernel: arrays in, arrays and bytes out. Limited API of Python 3.11; the GIL is released wherever a
   page is laid out or painted. Arguments are checked for their sizes and lines for
   their order; cell numbers, entries of the atlas and their offsets are trusted. src/smallprint/render/kernel.py is the only caller. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdlib.h>
#include <string.h>

#include "kernel.h"
#include "module.h"

int has_items(const Py_buffer *buffer, Py_ssize_t n, Py_ssize_t size, const char *name) {
    if (buffer->len == n * size) return 1;
    PyErr_Format(PyExc_ValueError, "%s: %zd bytes instead of %zd", name, buffer->len, n * size);
    return 0;
}

/* Whether `good`; else the error that says what an argument has to be. */
static int is_good(int good, const char *what) {
    if (!good) PyErr_SetString(PyExc_ValueError, what);
    return good;
}

static PyObject *pages_of(const Layout *layout) {
    PyObject *list = PyList_New((Py_ssize_t)layout->n_pages);
    for (int64_t p = 0; list && p < layout->n_pages; p++) {
        const PageRow *page = layout->pages + p;
        PyObject *rects = Py_None;
        Py_INCREF(rects);
        if (page->n_rects) {
            Py_DECREF(rects);
            rects = PyList_New((Py_ssize_t)page->n_rects * 5);
            const int64_t *numbers = (const int64_t *)(layout->rects + page->first_rect);
            for (Py_ssize_t i = 0; rects && i < (Py_ssize_t)page->n_rects * 5; i++) {
                PyObject *number = PyLong_FromLongLong(numbers[i]);
                if (!number || PyList_SetItem(rects, i, number) < 0) Py_CLEAR(rects);
            }
        }
        PyObject *item = rects ? Py_BuildValue("LLLLLLN", page->n_lines, page->n_cells, page->n_bytes, page->width_px, page->height_px,
                                               page->next_first, rects)
                               : NULL;
        if (!item || PyList_SetItem(list, (Py_ssize_t)p, item) < 0) Py_CLEAR(list);
    }
    return list;
}

PyDoc_STRVAR(numbers_doc, "numbers(text, table, out): fills out, int32 for each character, with table[character] - 1");

static PyObject *py_numbers(PyObject *self, PyObject *args) {
    (void)self;
    PyObject *text;
    Py_buffer table, out;
    if (!PyArg_ParseTuple(args, "Uy*w*", &text, &table, &out)) return NULL;
    Py_ssize_t n = PyUnicode_GetLength(text);
    int good = has_items(&table, 0x110000, 4, "table") && has_items(&out, n, 4, "out") &&
               (!n || PyUnicode_AsUCS4(text, out.buf, n, 0));
    if (good) {
        const int32_t *numbers = table.buf;
        int32_t *at = out.buf;
        Py_BEGIN_ALLOW_THREADS
        for (Py_ssize_t i = 0; i < n; i++) at[i] = numbers[at[i]] - 1;
        Py_END_ALLOW_THREADS
    }
    PyBuffer_Release(&table);
    PyBuffer_Release(&out);
    if (!good) return NULL;
    Py_RETURN_NONE;
}

/* What all pages of a layout hide: (n_ink, folded, replaced), pairs of int64 counted from the first page's first character. */
static PyObject *survey_of(const Layout *layout, const int32_t *numbers, const int32_t *flags, uint8_t *seen) {
    int64_t n_cells = 0;
    for (int64_t p = 0; p < layout->n_pages; p++) n_cells += layout->pages[p].n_cells;
    Survey found = {.seen = seen, .folded = malloc((size_t)(n_cells + 1) * sizeof(Pair)), .replaced = malloc((size_t)(n_cells + 1) * sizeof(Pair))};
    PyObject *result = NULL;
    if (!found.folded || !found.replaced) {
        PyErr_NoMemory();
    } else {
        const Line *lines = layout->lines;
        Py_BEGIN_ALLOW_THREADS
        for (int64_t p = 0, at = 0; p < layout->n_pages; p++) {
            survey(numbers, flags, lines, layout->pages[p].n_lines, at, &found);
            lines += layout->pages[p].n_lines;
            at += layout->pages[p].n_cells;
        }
        Py_END_ALLOW_THREADS
        result = Py_BuildValue("Ly#y#", found.n_ink, (const char *)found.folded, (Py_ssize_t)(found.n_folded * (int64_t)sizeof(Pair)),
                               (const char *)found.replaced, (Py_ssize_t)(found.n_replaced * (int64_t)sizeof(Pair)));
    }
    free(found.folded);
    free(found.replaced);
    return result;
}

PyDoc_STRVAR(lay_out_doc,
             "lay_out(numbers, is_last, starts_paragraph, advance, flags, n_bytes, geometry, lines, seen)\n"
             "-> (pages, is_full, too_narrow_at, (n_ink, folded, replaced))");

static PyObject *py_lay_out(PyObject *self, PyObject *args) {
    (void)self;
    Py_buffer numbers, advance, flags, n_bytes, constants, lines, seen;
    int is_last, starts_paragraph;
    if (!PyArg_ParseTuple(args, "y*ppy*y*y*y*w*w*", &numbers, &is_last, &starts_paragraph, &advance, &flags, &n_bytes, &constants, &lines,
                          &seen))
        return NULL;
    PyObject *result = NULL;
    const int64_t n_cells = n_bytes.len;
    const Geometry *geometry = constants.buf;
    if (has_items(&advance, n_cells, 8, "advance") && has_items(&seen, n_cells, 1, "seen") && has_items(&flags, n_cells, 4, "flags") &&
        is_good(constants.len >= (Py_ssize_t)sizeof(Geometry) && geometry->n_columns > 0 && geometry->n_columns <= MAX_COLUMNS,
                "geometry: no numbers, or too few or too many columns") &&
        has_items(&constants, (Py_ssize_t)(sizeof(Geometry) / 8) + 6 * (Py_ssize_t)geometry->n_columns, 8, "geometry")) {
        Cells cells = {advance.buf, flags.buf, n_bytes.buf, n_cells};
        Layout layout = {.lines = lines.buf, .max_lines = lines.len / (Py_ssize_t)sizeof(Line)};
        Py_BEGIN_ALLOW_THREADS
        lay_out(numbers.buf, numbers.len / 4, is_last, starts_paragraph, &cells, geometry, (const Column *)(geometry + 1), &layout);
        Py_END_ALLOW_THREADS
        if (layout.no_memory) {
            PyErr_NoMemory();
        } else {
            PyObject *pages = pages_of(&layout), *hidden = pages ? survey_of(&layout, numbers.buf, flags.buf, seen.buf) : NULL;
            if (hidden)
                result = Py_BuildValue("NOLN", pages, layout.is_full ? Py_True : Py_False, layout.too_narrow_at, hidden);
            else
                Py_XDECREF(pages);
        }
        free(layout.pages);
        free(layout.rects);
    }
    PyBuffer_Release(&numbers);
    PyBuffer_Release(&advance);
    PyBuffer_Release(&flags);
    PyBuffer_Release(&n_bytes);
    PyBuffer_Release(&constants);
    PyBuffer_Release(&lines);
    PyBuffer_Release(&seen);
    return result;
}

PyDoc_STRVAR(edges_doc, "edges(numbers, lines, advance, flags, tab, x): fills x, (4, n) int64: where each character begins and ends, 16.16 px, then scratch");

static PyObject *py_edges(PyObject *self, PyObject *args) {
    (void)self;
    Py_buffer numbers, lines, advance, flags, x;
    long long tab;
    if (!PyArg_ParseTuple(args, "y*y*y*y*Lw*", &numbers, &lines, &advance, &flags, &tab, &x)) return NULL;
    int good = has_items(&x, 4 * (numbers.len / 4), 8, "x") && has_items(&advance, flags.len / 4, 8, "advance");
    Cells cells = {advance.buf, flags.buf, NULL, flags.len / 4};
    for (Py_ssize_t l = 0; good && l < lines.len / (Py_ssize_t)sizeof(Line); l++) {
        const Line *line = (const Line *)lines.buf + l;
        good = is_line(line, numbers.len / 4);
        if (good)
            line_edges(numbers.buf, &cells, tab, line, x.buf, (int64_t *)x.buf + numbers.len / 4, (int64_t *)x.buf + 2 * (numbers.len / 4));
        else
            PyErr_SetString(PyExc_ValueError, "lines outside the page");
    }
    PyBuffer_Release(&numbers);
    PyBuffer_Release(&lines);
    PyBuffer_Release(&advance);
    PyBuffer_Release(&flags);
    PyBuffer_Release(&x);
    if (!good) return NULL;
    Py_RETURN_NONE;
}

PyDoc_STRVAR(boxes_doc,
             "boxes(numbers, lines, advance, flags, tab, entries, width, height, x, out) -> whether the atlas has all glyphs; fills out, (n, 4) int32");

static PyObject *py_boxes(PyObject *self, PyObject *args) {
    (void)self;
    Py_buffer numbers, lines, advance, flags, entries, x, out;
    long long tab;
    int width, height;
    if (!PyArg_ParseTuple(args, "y*y*y*y*Ly*iiw*w*", &numbers, &lines, &advance, &flags, &tab, &entries, &width, &height, &x, &out))
        return NULL;
    PyObject *result = NULL;
    Sheet sheet = {
        .numbers = numbers.buf, .n_numbers = numbers.len / 4,
        .lines = lines.buf, .n_lines = lines.len / (Py_ssize_t)sizeof(Line),
        .cells = {advance.buf, flags.buf, NULL, flags.len / 4}, .tab = tab,
        .entries = entries.buf, .n_entries = entries.len / (Py_ssize_t)sizeof(Entry),
        .width = width, .height = height,
    };
    if (has_items(&x, 4 * sheet.n_numbers, 8, "x") && has_items(&out, sheet.n_numbers, 16, "out") &&
        has_items(&advance, sheet.cells.n, 8, "advance") &&
        (sheet.n_entries >= sheet.cells.n * PHASES || has_items(&entries, sheet.cells.n * PHASES, sizeof(Entry), "entries"))) {
        int status;
        Py_BEGIN_ALLOW_THREADS
        status = char_boxes(&sheet, x.buf, out.buf);
        Py_END_ALLOW_THREADS
        if (status == BAD_INPUT)
            PyErr_SetString(PyExc_ValueError, "lines outside the page");
        else
            result = PyBool_FromLong(status == PAINTED);
    }
    PyBuffer_Release(&numbers);
    PyBuffer_Release(&lines);
    PyBuffer_Release(&advance);
    PyBuffer_Release(&flags);
    PyBuffer_Release(&entries);
    PyBuffer_Release(&x);
    PyBuffer_Release(&out);
    return result;
}

/* Both arguments of the sizes that bidi.c takes for granted. */
static int is_paragraph(const Py_buffer *code_points, const Py_buffer *table, const Py_buffer *levels) {
    return has_items(table, 0x110000, 1, "table") && has_items(code_points, code_points->len / 4, 4, "code_points") &&
           (!levels || has_items(levels, code_points->len / 4, 1, "levels"));
}

PyDoc_STRVAR(bidi_levels_doc, "bidi_levels(code_points, table, base, levels) -> the paragraph's level; fills levels, uint8 for each code point");

static PyObject *py_bidi_levels(PyObject *self, PyObject *args) {
    (void)self;
    Py_buffer code_points, table, levels;
    int base;
    if (!PyArg_ParseTuple(args, "y*y*iw*", &code_points, &table, &base, &levels)) return NULL;
    PyObject *result = NULL;
    if (is_paragraph(&code_points, &table, &levels) && is_good(base >= -1 && base <= 1, "base: not -1, 0 or 1")) {
        Bidi work = {0};
        int own;
        Py_BEGIN_ALLOW_THREADS
        own = bidi_levels(code_points.buf, (size_t)code_points.len / 4, table.buf, base, levels.buf, &work);
        bidi_free(&work);
        Py_END_ALLOW_THREADS
        if (own == NO_MEMORY)
            PyErr_NoMemory();
        else if (own == BAD_INPUT)
            PyErr_SetString(PyExc_ValueError, "code_points: more than a paragraph has room for");
        else
            result = PyLong_FromLong(own);
    }
    PyBuffer_Release(&code_points);
    PyBuffer_Release(&table);
    PyBuffer_Release(&levels);
    return result;
}

PyDoc_STRVAR(bidi_base_doc, "bidi_base(code_points, table) -> the paragraph's level");

static PyObject *py_bidi_base(PyObject *self, PyObject *args) {
    (void)self;
    Py_buffer code_points, table;
    if (!PyArg_ParseTuple(args, "y*y*", &code_points, &table)) return NULL;
    PyObject *result = NULL;
    if (is_paragraph(&code_points, &table, NULL))
        result = PyLong_FromLong(bidi_base(code_points.buf, (size_t)code_points.len / 4, table.buf));
    PyBuffer_Release(&code_points);
    PyBuffer_Release(&table);
    return result;
}

PyDoc_STRVAR(bidi_line_doc, "bidi_line(code_points, table, base, levels): sets the levels of white space at the end");

static PyObject *py_bidi_line(PyObject *self, PyObject *args) {
    (void)self;
    Py_buffer code_points, table, levels;
    int base;
    if (!PyArg_ParseTuple(args, "y*y*iw*", &code_points, &table, &base, &levels)) return NULL;
    int good = is_paragraph(&code_points, &table, &levels) && is_good(base == 0 || base == 1, "base: not 0 or 1");
    if (good) bidi_line(code_points.buf, (size_t)code_points.len / 4, table.buf, base, levels.buf);
    PyBuffer_Release(&code_points);
    PyBuffer_Release(&table);
    PyBuffer_Release(&levels);
    if (!good) return NULL;
    Py_RETURN_NONE;
}

PyDoc_STRVAR(bidi_order_doc, "bidi_order(levels, order): fills order, int64 for each level");

static PyObject *py_bidi_order(PyObject *self, PyObject *args) {
    (void)self;
    Py_buffer levels, order;
    if (!PyArg_ParseTuple(args, "y*w*", &levels, &order)) return NULL;
    int good = has_items(&order, levels.len, 8, "order");
    if (good) {
        Py_BEGIN_ALLOW_THREADS
        bidi_order(levels.buf, (size_t)levels.len, order.buf);
        Py_END_ALLOW_THREADS
    }
    PyBuffer_Release(&levels);
    PyBuffer_Release(&order);
    if (!good) return NULL;
    Py_RETURN_NONE;
}

PyDoc_STRVAR(code_doc, "code_table(literal_bits, literal_n, match_bits, match_n, end_bits, end_n, header, header_bits) -> bytes for paint and deflate");

static PyObject *py_code_table(PyObject *self, PyObject *args) {
    (void)self;
    Py_buffer literal_bits, literal_n, match_bits, match_n, header;
    unsigned end_bits, end_n, header_bits;
    if (!PyArg_ParseTuple(args, "y*y*y*y*IIy*I", &literal_bits, &literal_n, &match_bits, &match_n, &end_bits, &end_n, &header, &header_bits))
        return NULL;
    PyObject *result = NULL;
    if (has_items(&literal_bits, 256, 8, "literal_bits") && has_items(&literal_n, 256, 8, "literal_n") &&
        has_items(&match_bits, N_MATCHES, 8, "match_bits") && has_items(&match_n, N_MATCHES, 8, "match_n") && 
        is_good(header.len <= MAX_HEADER && header_bits <= 8 * (size_t)header.len, "header: too long, or shorter than its bits") &&
        (result = PyBytes_FromStringAndSize(NULL, sizeof(Code)))) {
        Code *code = (Code *)PyBytes_AsString(result);
        const uint64_t *bits = literal_bits.buf, *n = literal_n.buf;
        memset(code, 0, sizeof(Code));
        for (int b = 0; b < 256; b++) code->literal[b] = (uint32_t)(bits[b] << COUNT_BITS | n[b]);
        for (int first = 0; first < 256; first++)
            for (int second = 0; second < 256; second++)
                code->pair[first | second << 8] = (uint32_t)((bits[first] | bits[second] << n[first]) << COUNT_BITS | (n[first] + n[second]));
        bits = match_bits.buf;
        n = match_n.buf;
        for (int m = 0; m < N_MATCHES; m++) code->match[m] = (uint32_t)(bits[m] << COUNT_BITS | n[m]);
        code->end = end_bits << COUNT_BITS | end_n;
        code->header_bits = header_bits;
        memcpy(code->header, header.buf, (size_t)header.len);
    }
    PyBuffer_Release(&literal_bits);
    PyBuffer_Release(&literal_n);
    PyBuffer_Release(&match_bits);
    PyBuffer_Release(&match_n);
    PyBuffer_Release(&header);
    return result;
}

/* Big-endian, as PNG has its numbers. */
static void put_32(uint8_t *at, uint32_t value) {
    for (int i = 0; i < 4; i++) at[i] = (uint8_t)(value >> (24 - 8 * i));
}

PyDoc_STRVAR(deflate_doc, "deflate(data, code) -> zlib stream");

static PyObject *py_deflate(PyObject *self, PyObject *args) {
    (void)self;
    Py_buffer data, code;
    if (!PyArg_ParseTuple(args, "y*y*", &data, &code)) return NULL;
    PyObject *result = NULL;
    if (has_items(&code, 1, sizeof(Code), "code")) {
        Stream *stream;
        size_t n = 0;
        const uint8_t *bytes = NULL;
        Py_BEGIN_ALLOW_THREADS
        stream = open_stream(code.buf, (size_t)data.len, NULL, 0);
        if (stream) {
            /* The last bytes go through a buffer that may be read past its end. */
            uint8_t rest[2 * SLACK] = {0};
            size_t n_rest = (size_t)data.len < SLACK ? (size_t)data.len : SLACK, n_most = (size_t)data.len - n_rest;
            if (n_rest) memcpy(rest, (const uint8_t *)data.buf + n_most, n_rest);
            feed(stream, data.buf, n_most);
            feed(stream, rest, n_rest);
            bytes = finish(stream, &n);
        }
        Py_END_ALLOW_THREADS
        result = bytes ? PyBytes_FromStringAndSize((const char *)bytes, (Py_ssize_t)n) : PyErr_NoMemory();
        close_stream(stream);
    }
    PyBuffer_Release(&data);
    PyBuffer_Release(&code);
    return result;
}

/* The file from its beginning to its end: head, the stream as the one IDAT chunk, IEND. */
static PyObject *png_of(Stream *stream, size_t n_head) {
    size_t n;
    const uint8_t *bytes = finish(stream, &n);
    size_t n_body = n - n_head;
    if (n_body > 0x7FFFFFFF) {
        PyErr_SetString(PyExc_ValueError, "an image chunk of more than 2 GiB");
        return NULL;
    }
    PyObject *result = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)(n + 4 + 12));
    if (!result) return NULL;
    uint8_t *at = (uint8_t *)PyBytes_AsString(result);
    /* The head ends with room for the chunk's length and with its type. */
    memcpy(at, bytes, n);
    put_32(at + n_head - 8, (uint32_t)n_body);
    put_32(at + n, crc32_of(0, at + n_head - 4, n_body + 4));
    memcpy(at + n + 4, "\0\0\0\0IEND\xAE\x42\x60\x82", 12);
    return result;
}

PyDoc_STRVAR(paint_doc,
             "paint(numbers, lines, inks, advance, flags, tab, entries, levels, patches, lut, n_inks, width, height, depth, code, head, out)\n"
             "-> (keys that the atlas lacks, as bytes of int64, else None; with `code` the PNG file, else None with `out` filled)");

static PyObject *py_paint(PyObject *self, PyObject *args) {
    (void)self;
    Py_buffer numbers, lines, inks, advance, flags, entries, levels, patches, lut, code, head, out;
    long long tab;
    int n_inks, width, height, depth;
    if (!PyArg_ParseTuple(args, "y*y*z*y*y*Ly*y*y*y*iiiiz*y*z*", &numbers, &lines, &inks, &advance, &flags, &tab, &entries, &levels, &patches,
                          &lut, &n_inks, &width, &height, &depth, &code, &head, &out))
        return NULL;
    PyObject *result = NULL;
    Sheet sheet = {
        .numbers = numbers.buf, .n_numbers = numbers.len / 4,
        .lines = lines.buf, .n_lines = lines.len / (Py_ssize_t)sizeof(Line),
        .inks = inks.buf,
        .cells = {advance.buf, flags.buf, NULL, flags.len / 4}, .tab = tab,
        .entries = entries.buf, .n_entries = entries.len / (Py_ssize_t)sizeof(Entry),
        .levels = levels.buf,
        .patches = patches.buf, .n_patches = patches.len / (Py_ssize_t)sizeof(Patch),
        .lut = lut.buf, .n_inks = n_inks, .n_levels = n_inks > 0 ? (int32_t)(lut.len / 3 / n_inks) : 0,
        .width = width, .height = height, .depth = depth,
    };
    Sink sink = {code.buf ? TO_STREAM : depth ? TO_SCANLINES : TO_PIXELS, out.buf, NULL};
    size_t n_out = depth ? packed_row_bytes(width, depth) * (size_t)height : (size_t)width * (size_t)height;
    Work *work = NULL;
    int64_t *absent = NULL, n_absent = 0;
    if (!is_good(width > 0 && height > 0 && (depth == 1 || depth == 2 || depth == 4 || depth == 8 || (depth == 0 && !code.buf)),
                 "width, height, depth: not an image") ||
        !is_good(n_inks > 0 && n_inks <= 256 && sheet.n_levels > 0 && sheet.n_levels <= 256, "lut: no inks or levels, or too many") ||
        !has_items(&lut, 3 * (Py_ssize_t)n_inks * sheet.n_levels, 1, "lut") || !has_items(&advance, sheet.cells.n, 8, "advance") ||
        (inks.buf && !has_items(&inks, sheet.n_numbers, 1, "inks")) ||
        (code.buf && (!has_items(&code, 1, sizeof(Code), "code") || !is_good(head.len >= 8, "head: no room for the chunk's length"))) ||
        (!code.buf && (!is_good(out.buf && !out.readonly, "out: nothing to write to") || !has_items(&out, (Py_ssize_t)n_out, 1, "out"))))
        goto done;
    int status;
    size_t n_head = (size_t)head.len;
    Py_BEGIN_ALLOW_THREADS
    status = place_glyphs(&sheet, &work, &absent, &n_absent);
    if (status == PAINTED && sink.kind == TO_STREAM) {
        sink.stream = open_stream(code.buf, n_out, head.buf, n_head);
        if (!sink.stream) status = NO_MEMORY;
    }
    if (status == PAINTED) status = paint(&sheet, work, &sink);
    Py_END_ALLOW_THREADS
    if (status == GLYPHS_ABSENT) {
        result = Py_BuildValue("y#O", (const char *)absent, (Py_ssize_t)(n_absent * 8), Py_None);
    } else if (status == NO_MEMORY) {
        PyErr_NoMemory();
    } else if (status == BAD_INPUT) {
        PyErr_SetString(PyExc_ValueError, "lines or inks outside the page");
    } else if (sink.stream) {
        PyObject *file = png_of(sink.stream, n_head);
        result = file ? Py_BuildValue("ON", Py_None, file) : NULL;
    } else {
        result = Py_BuildValue("OO", Py_None, Py_None);
    }
done:
    close_stream(sink.stream);
    free_work(work);
    if (inks.obj) PyBuffer_Release(&inks);
    if (code.obj) PyBuffer_Release(&code);
    if (out.obj) PyBuffer_Release(&out);
    PyBuffer_Release(&numbers);
    PyBuffer_Release(&lines);
    PyBuffer_Release(&advance);
    PyBuffer_Release(&flags);
    PyBuffer_Release(&entries);
    PyBuffer_Release(&levels);
    PyBuffer_Release(&patches);
    PyBuffer_Release(&lut);
    PyBuffer_Release(&head);
    return result;
}

static PyMethodDef methods[] = {
    {"numbers", py_numbers, METH_VARARGS, numbers_doc},
    {"lay_out", py_lay_out, METH_VARARGS, lay_out_doc},
    {"edges", py_edges, METH_VARARGS, edges_doc},
    {"boxes", py_boxes, METH_VARARGS, boxes_doc},
    {"bidi_levels", py_bidi_levels, METH_VARARGS, bidi_levels_doc},
    {"bidi_base", py_bidi_base, METH_VARARGS, bidi_base_doc},
    {"bidi_line", py_bidi_line, METH_VARARGS, bidi_line_doc},
    {"bidi_order", py_bidi_order, METH_VARARGS, bidi_order_doc},
    {"code_table", py_code_table, METH_VARARGS, code_doc},
    {"deflate", py_deflate, METH_VARARGS, deflate_doc},
    {"paint", py_paint, METH_VARARGS, paint_doc},
    {NULL, NULL, 0, NULL},
};

static int set_up(PyObject *module) {
    look_at_cpu();
    init_checksums();
    if (add_break_functions(module) < 0 || add_run_functions(module) < 0) return -1;
    return PyModule_AddIntConstant(module, "INTERFACE", INTERFACE);
}

static PyModuleDef_Slot slots[] = {{Py_mod_exec, set_up}, {0, NULL}};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, .m_name = "_kernel", .m_doc = "The compiled half of smallprint.render.", .m_methods = methods, .m_slots = slots};

PyMODINIT_FUNC PyInit__kernel(void) { return PyModuleDef_Init(&definition); }
