/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "heap.h"
#include "little.h"
#include "support.h"

#define ENTRIES 1000

static uint32_t random_state = 12345;

static uint32_t draw(uint32_t below)
{
    random_state = random_state * 1664525u + 1013904223u;
    return (random_state >> 8) % below;
}

/* Every entry is where it says, and none is before its parent. */
static void check_heap(const struct heap *heap)
{
    for (size_t i = 0; i < heap->count; i++) {
        assert_int_equal(heap->entries[i]->position, i + 1);
        if (i > 0)
            assert_true(heap->entries[(i - 1) / 2]->at <= heap->entries[i]->at);
    }
}

static void test_empty(void **state)
{
    struct heap heap;
    struct heap_entry entry = {.at = 5};
    (void)state;
    heap_init(&heap);
    assert_null(heap_first(&heap));
    heap_remove(&heap, &entry); /* is not in it */
    assert_int_equal(heap_reserve(&heap, 0), 0);
    assert_null(heap.entries);
    heap_finish(&heap);
    heap_finish(&heap);
}

static void test_room(void **state)
{
    struct heap heap;
    (void)state;
    heap_init(&heap);
    assert_int_equal(heap_reserve(&heap, 1), 0);
    struct heap_entry **before = heap.entries;
    size_t capacity = heap.capacity;
    assert_true(capacity >= 1);
    assert_int_equal(heap_reserve(&heap, capacity), 0);
    assert_ptr_equal(heap.entries, before);
    assert_int_equal(heap_reserve(&heap, capacity + 1), 0);
    assert_true(heap.capacity >= 2 * capacity); /* grows by more than was asked for */
    assert_int_equal(heap_reserve(&heap, 100000), 0);
    assert_true(heap.capacity >= 100000);
    capacity = heap.capacity;
    assert_int_equal(heap_reserve(&heap, SIZE_MAX), -1); /* the size overflows */
    assert_int_equal(heap.capacity, capacity);
    heap_finish(&heap);
    assert_null(heap.entries);
}

static void test_order(void **state)
{
    static const int64_t times[] = {5, 3, 8, INT64_MAX, -2, 3, INT64_MIN, 0};
    struct heap_entry entries[COUNT(times)] = {{0}};
    struct heap heap;
    (void)state;
    heap_init(&heap);
    assert_int_equal(heap_reserve(&heap, COUNT(times)), 0);
    for (size_t i = 0; i < COUNT(times); i++) {
        heap_set(&heap, &entries[i], times[i]);
        check_heap(&heap);
    }
    int64_t last = INT64_MIN;
    for (size_t i = 0; i < COUNT(times); i++) {
        struct heap_entry *first = heap_first(&heap);
        assert_true(first->at >= last);
        last = first->at;
        heap_remove(&heap, first);
        assert_int_equal(first->position, 0);
        check_heap(&heap);
    }
    assert_int_equal(last, INT64_MAX);
    assert_null(heap_first(&heap));
    heap_finish(&heap);
}

static void test_move(void **state)
{
    struct heap_entry entries[3] = {{0}};
    struct heap heap;
    (void)state;
    heap_init(&heap);
    assert_int_equal(heap_reserve(&heap, 3), 0);
    for (int i = 0; i < 3; i++)
        heap_set(&heap, &entries[i], 10 * (i + 1));
    heap_set(&heap, &entries[2], 5); /* to the front */
    assert_ptr_equal(heap_first(&heap), &entries[2]);
    heap_set(&heap, &entries[2], 50); /* to the back */
    assert_ptr_equal(heap_first(&heap), &entries[0]);
    heap_set(&heap, &entries[0], 10); /* nowhere */
    assert_ptr_equal(heap_first(&heap), &entries[0]);
    assert_int_equal(heap.count, 3);
    heap_remove(&heap, &entries[0]);
    heap_remove(&heap, &entries[0]);
    assert_int_equal(heap.count, 2);
    assert_ptr_equal(heap_first(&heap), &entries[1]);
    heap_finish(&heap);
}

/* The entry that takes the place of a removed one may have to go up: its new parent is of another branch. */
static void test_remove_sifts_up(void **state)
{
    static const int64_t times[] = {1, 10, 2, 11, 12, 3, 4};
    struct heap_entry entries[COUNT(times)] = {{0}};
    struct heap heap;
    (void)state;
    heap_init(&heap);
    assert_int_equal(heap_reserve(&heap, COUNT(times)), 0);
    for (size_t i = 0; i < COUNT(times); i++)
        heap_set(&heap, &entries[i], times[i]);
    heap_remove(&heap, &entries[3]); /* 11, below 10; 4 comes from below 2 */
    check_heap(&heap);
    heap_finish(&heap);
}

/* Against a plain search for the least. */
static void test_random(void **state)
{
    static struct heap_entry entries[ENTRIES];
    struct heap heap;
    (void)state;
    heap_init(&heap);
    assert_int_equal(heap_reserve(&heap, ENTRIES), 0);
    for (int turn = 0; turn < 20000; turn++) {
        struct heap_entry *entry = &entries[draw(ENTRIES)];
        if (draw(3) == 0)
            heap_remove(&heap, entry);
        else
            heap_set(&heap, entry, draw(500));
        if (turn % 64)
            continue;
        check_heap(&heap);
        size_t count = 0;
        int64_t least = INT64_MAX;
        for (size_t i = 0; i < ENTRIES; i++) {
            if (entries[i].position == 0)
                continue;
            count++;
            least = entries[i].at < least ? entries[i].at : least;
        }
        assert_int_equal(heap.count, count);
        if (count > 0)
            assert_int_equal(heap_first(&heap)->at, least);
    }
    heap_finish(&heap);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty),           cmocka_unit_test(test_room),
        cmocka_unit_test(test_order),           cmocka_unit_test(test_move),
        cmocka_unit_test(test_remove_sifts_up), cmocka_unit_test(test_random),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
