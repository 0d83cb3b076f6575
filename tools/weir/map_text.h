/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Maps for people and as JSON: what they are, and what is in them. */
#ifndef WEIR_TOOL_MAP_TEXT_H
#define WEIR_TOOL_MAP_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tool_command;
struct weir_map_handle;
struct weir_object;

/** map_text_show() - its definition: a line, or the members of an object. */
void map_text_show(struct weir_map_handle *map, bool json);

/**
 * map_text_dump() - every element: a line each, or an array
 * Return: 0, or a negative errno, when what was read so far is printed.
 */
int map_text_dump(struct weir_map_handle *map, bool json);

/** map_text_element() - one element; @key may be NULL. */
void map_text_element(struct weir_map_handle *map, const void *key,
		      const void *value, bool json);

/** map_text_all() - all maps of an object with their elements. */
void map_text_all(struct weir_object *obj, bool json);

/**
 * map_text_bytes() - a key or a value from a word
 * @word:	hex digits; or "=" and a number, which fills all @nr bytes
 * @what:	for messages: "key"
 *
 * Return: the bytes, to free(); NULL after a line on stderr.
 */
uint8_t *map_text_bytes(const struct tool_command *cmd,
			struct weir_map_handle *map, const char *what,
			const char *word, size_t nr);

/**
 * map_text_update() - one element from words
 *
 * Per-CPU maps: the value of one CPU is put into all. Return: exit status,
 * after a line on stderr if it is not 0.
 */
int map_text_update(const struct tool_command *cmd, struct weir_map_handle *map,
		    const char *key, const char *value, uint64_t flags);

#endif
