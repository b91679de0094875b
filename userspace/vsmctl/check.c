// SPDX-License-Identifier: GPL-2.0
/*
 * vsmctl check: prints the findings, and whether the module can be loaded.
 * Must never load it to find out.
 */
#include <stdio.h>

#include "facts.h"
#include "vsmctl.h"

static enum level worst(const struct finding *findings, unsigned int nr)
{
	enum level level = LEVEL_OK;

	for (unsigned int i = 0; i < nr; i++) {
		if (findings[i].level > level)
			level = findings[i].level;
	}
	return level;
}

static void print_finding(const struct finding *f, bool verbose)
{
	if (f->level == LEVEL_OK && !verbose)
		return;
	printf("%-8s %s: %s\n", level_name(f->level), f->id, f->text);
	if (f->remedy)
		printf("%-8s %s\n", "", f->remedy);
}

static void print_as_json(const struct finding *findings, unsigned int nr,
			  bool ready)
{
	struct json_object *obj = json_object_new_object();
	struct json_object *array = json_object_new_array();

	for (unsigned int i = 0; i < nr; i++) {
		struct json_object *f = json_object_new_object();

		json_add_str(f, "id", findings[i].id);
		json_add_str(f, "level", level_name(findings[i].level));
		json_add_str(f, "text", findings[i].text);
		if (findings[i].remedy)
			json_add_str(f, "remedy", findings[i].remedy);
		json_object_array_add(array, f);
	}
	json_add_bool(obj, "ready", ready);
	json_object_object_add(obj, "findings", array);
	print_json(obj);
}

int cmd_check(const struct options *opt, int argc, char **argv)
{
	struct finding findings[MAX_FINDINGS];
	struct facts facts;
	unsigned int nr;
	bool ready;

	(void)argc;
	(void)argv;
	facts_read(&facts);
	nr = facts_judge(&facts, findings);
	ready = worst(findings, nr) < LEVEL_FATAL;
	if (opt->json) {
		print_as_json(findings, nr, ready);
		return ready ? EXIT_OK : EXIT_FAILED;
	}
	for (unsigned int i = 0; i < nr; i++)
		print_finding(&findings[i], opt->verbose || facts.demoted);
	if (!facts.demoted)
		printf("\n%s\n", ready ? "This machine can be demoted." :
		       "This machine can NOT be demoted as it is.");
	return ready ? EXIT_OK : EXIT_FAILED;
}
