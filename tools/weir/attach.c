// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * weir attach, weir detach: programs in the path of real packets. What is
 * attached stays, under a name, when the command has ended.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/lib/link.h"
#include "tools/weir/files.h"
#include "tools/weir/holders.h"
#include "tools/weir/source.h"
#include "tools/weir/tool.h"

#define RAW_LINKTYPE "RAW" /* netfilter's hooks start at the network header */

struct attach {
	const struct tool_command *cmd;
	struct source_args args;
	struct weir_attach_opts opts;
	const char *device;
	const char *netns;
	const char *name;
	bool replace;
	bool json;
	bool set_hook;
	enum weir_engine engine;
	struct source src;
	struct weir_program *prog;
	struct weir_link *link; /* with --replace */
	uint32_t old_prog;
	char device_name[IF_NAMESIZE];
};

static bool is_device_hook(enum weir_hook hook)
{
	return hook == WEIR_HOOK_INGRESS || hook == WEIR_HOOK_EGRESS;
}

/* What the kernel's errors mean here, in words. */
static const char *why(const struct attach *a, int err)
{
	if (*a->opts.error)
		return a->opts.error;
	switch (err) {
	case ENOENT:
	case ENXIO:
		return "/dev/weir is not there (is the module loaded?)";
	case EPERM:
		return "needs CAP_NET_ADMIN in the network namespace";
	case ENODEV:
		return "no such device, or it is going away";
	case EOPNOTSUPP:
		return "this kernel has no such hook";
	case E2BIG:
		return "too many links in this namespace";
	case EINVAL:
		if (a->src.kind == WEIR_KIND_MEM)
			return "programs of kind mem have no packets";
		if (a->opts.flags & WEIR_ATTACH_MATCH_DROPS &&
		    a->src.kind != WEIR_KIND_SOCKET)
			return "--drop is for expressions and socket programs";
		if (a->src.kind == WEIR_KIND_XDP)
			return "xdp programs attach to ingress only";
		return "the options do not fit the hook";
	default:
		return strerror(err);
	}
}

static int load(struct attach *a)
{
	struct weir_load_opts load = {
		.sz = sizeof(load),
		.kind = a->src.kind,
		.backend = WEIR_BACKEND_DEVICE,
		.engine = a->engine,
		.strict = a->args.strict,
		.name = a->name,
	};

	if (a->link && a->src.obj) {
		int err = weir_object__carry_maps(a->src.obj, a->old_prog);

		if (err == -EINVAL)
			return tool_fail("%s: %s: a map of the program before "
					 "has the same name and type, but "
					 "other sizes",
					 a->cmd->name, a->src.name);
		if (err < 0)
			return tool_fail("%s: the maps of the program before: "
					 "%s",
					 a->cmd->name, strerror(-err));
	}
	a->prog = source_load(&a->src, &load);
	return a->prog ? TOOL_OK : source_refused(a->cmd, &a->src, &load);
}

static const char *why_not_open(int err)
{
	switch (err) {
	case ENXIO:
		return "/dev/weir is not there (is the module loaded?)";
	case ENOENT:
		return "nothing has this name (weir stats lists them)";
	case EPERM:
	case EACCES:
		return "needs CAP_NET_ADMIN";
	case EINVAL:
		return "it is not a link's name";
	default:
		return strerror(err);
	}
}

/* The link that goes on with another program: where it is, expressions mean. */
static int find_link(struct attach *a)
{
	struct weir_link_info info;
	int err;

	a->link = weir_link__open(a->name);
	if (!a->link)
		return tool_fail("%s: --replace %s: %s", a->cmd->name, a->name,
				 why_not_open(errno));
	err = weir_link__info(a->link, &info);
	if (err)
		return tool_fail("%s: --replace %s: %s", a->cmd->name, a->name,
				 strerror(-err));
	a->opts.hook = info.hook;
	a->old_prog = info.prog_id;
	if (info.ifindex && if_indextoname(info.ifindex, a->device_name))
		a->device = a->device_name;
	return TOOL_OK;
}

/* The same link goes on with another program. */
static int replace(struct attach *a)
{
	int err = weir_link__update_program(a->link, a->prog, NULL);

	if (err == -EINVAL)
		return tool_fail("%s: --replace %s: its programs are of "
				 "another kind",
				 a->cmd->name, a->name);
	if (err == -EOPNOTSUPP)
		return tool_fail("%s: --replace %s: the program has a verdict "
				 "that no hook can do",
				 a->cmd->name, a->name);
	if (err == -ENOLINK)
		return tool_fail("%s: --replace %s: it is detached",
				 a->cmd->name, a->name);
	if (err)
		return tool_fail("%s: --replace %s: %s", a->cmd->name, a->name,
				 strerror(-err));
	return TOOL_OK;
}

/* A name that is free, if none was given: "ingress-eth0", "ingress-eth0-2". */
static int pin(const struct attach *a, struct weir_link *link,
	       char name[WEIR_PIN_LEN])
{
	const char *hook = weir_hook__name(a->opts.hook);
	const char *dash = a->device ? "-" : "";
	const char *device = a->device ? a->device : "";
	int err = -EEXIST;

	if (a->name) {
		snprintf(name, WEIR_PIN_LEN, "%s", a->name);
		return weir_link__pin(link, a->name);
	}
	for (int n = 1; err == -EEXIST; n++) {
		if (n == 1)
			snprintf(name, WEIR_PIN_LEN, "%s%s%s", hook, dash,
				 device);
		else
			snprintf(name, WEIR_PIN_LEN, "%s%s%s-%d", hook, dash,
				 device, n);
		err = weir_link__pin(link, name);
	}
	return err;
}

static int put(struct attach *a)
{
	struct weir_link_info info;
	char name[WEIR_PIN_LEN];
	struct weir_link *link;
	int err;

	a->opts.sz = sizeof(a->opts);
	a->opts.name = a->name;
	link = weir_program__attach(a->prog, &a->opts);
	if (!link)
		return tool_fail("%s: %s%s%s: %s", a->cmd->name,
				 weir_hook__name(a->opts.hook),
				 a->device ? " " : "",
				 a->device ? a->device : "", why(a, errno));
	err = pin(a, link, name);
	if (!err)
		err = weir_link__info(link, &info);
	weir_link__free(link); /* without a name, this detaches */
	if (err == -EEXIST)
		return tool_fail("%s: --name %s: there is one (--replace puts "
				 "this program in its place)",
				 a->cmd->name, name);
	if (err)
		return tool_fail("%s: --name %s: %s", a->cmd->name, name,
				 strerror(-err));
	if (a->json)
		printf("{\"link\": %u, \"prog\": %u, \"name\": \"%s\"}\n",
		       info.id, info.prog_id, name);
	else
		printf("%s\n", name);
	return tool_flush();
}

/*
 * Devices, names and packet sockets are then those of that namespace, as with
 * `ip netns exec`.
 */
static int enter_netns(const struct attach *a)
{
	char path[PATH_MAX];
	int fd, err = 0;

	if (!a->netns)
		return TOOL_OK;
	snprintf(path, sizeof(path), "%s%s",
		 strchr(a->netns, '/') ? "" : "/run/netns/", a->netns);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET))
		err = errno;
	if (fd >= 0)
		close(fd);
	return err ? tool_fail("%s: --netns %s: %s", a->cmd->name, a->netns,
			       strerror(err))
		   : TOOL_OK;
}

static int attach(struct attach *a, char *const *words, int nr)
{
	int status = enter_netns(a);

	if (!status && a->replace)
		status = find_link(a);
	if (status)
		goto out;
	if (a->device) {
		a->opts.ifindex = if_nametoindex(a->device);
		if (!a->opts.ifindex) {
			status = tool_fail("%s: %s: no such device",
					   a->cmd->name, a->device);
			goto out;
		}
	}
	if (is_device_hook(a->opts.hook))
		a->args.device = a->device;
	else
		a->args.default_link = RAW_LINKTYPE;
	status = source_read(a->cmd, &a->args, words, nr, &a->src);
	if (!status)
		status = source_one(a->cmd, &a->src);
	if (!status)
		status = load(a);
	if (!status)
		status = a->replace ? replace(a) : put(a);
out:
	weir_program__free(a->prog);
	weir_link__free(a->link);
	source_free(&a->src);
	return status;
}

enum {
	OPT_HOOK = 256,
	OPT_DROP,
	OPT_PRIORITY,
	OPT_NAME,
	OPT_REPLACE,
	OPT_NETNS,
	OPT_IPV4,
	OPT_IPV6,
	OPT_TIME,
	OPT_ENGINE,
	OPT_JSON,
	OPT_HELP
};

static const struct option options[] = {
	SOURCE_OPTIONS,
	{ "hook", required_argument, NULL, OPT_HOOK },
	{ "interface", required_argument, NULL, 'i' },
	{ "drop", no_argument, NULL, OPT_DROP },
	{ "priority", required_argument, NULL, OPT_PRIORITY },
	{ "name", required_argument, NULL, OPT_NAME },
	{ "replace", no_argument, NULL, OPT_REPLACE },
	{ "netns", required_argument, NULL, OPT_NETNS },
	{ "ipv4", no_argument, NULL, OPT_IPV4 },
	{ "ipv6", no_argument, NULL, OPT_IPV6 },
	{ "time", no_argument, NULL, OPT_TIME },
	{ "engine", required_argument, NULL, OPT_ENGINE },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "help", no_argument, NULL, OPT_HELP },
	{ 0 },
};

static bool parse_priority(const char *text, int32_t *out)
{
	char *end;
	long value;

	errno = 0;
	value = strtol(text, &end, 0);
	*out = (int32_t)value;
	return !errno && *text && !*end && value == *out;
}

/* Return: -1 to go on, or the exit status. */
static int take_option(struct attach *a, int c, char **argv)
{
	int status = source_option(a->cmd, &a->args, c, optarg);

	if (status >= 0)
		return status ? status : -1;
	switch (c) {
	case OPT_HOOK:
		a->opts.hook = weir_hook__by_name(optarg);
		a->set_hook = true;
		if (a->opts.hook == WEIR_NR_HOOKS)
			return tool_usage(a->cmd,
					  "--hook %s: ingress, egress, "
					  "prerouting, input, forward, output "
					  "or postrouting",
					  optarg);
		return -1;
	case 'i':
		a->device = optarg;
		return -1;
	case OPT_DROP:
		a->opts.flags |= WEIR_ATTACH_MATCH_DROPS;
		return -1;
	case OPT_PRIORITY:
		if (!parse_priority(optarg, &a->opts.priority))
			return tool_usage(a->cmd,
					  "--priority %s: a whole number",
					  optarg);
		return -1;
	case OPT_NAME:
		a->name = optarg;
		return -1;
	case OPT_REPLACE:
		a->replace = true;
		return -1;
	case OPT_NETNS:
		a->netns = optarg;
		return -1;
	case OPT_IPV4:
		a->opts.flags |= WEIR_ATTACH_IPV4;
		return -1;
	case OPT_IPV6:
		a->opts.flags |= WEIR_ATTACH_IPV6;
		return -1;
	case OPT_TIME:
		a->opts.flags |= WEIR_ATTACH_TIME;
		return -1;
	case OPT_ENGINE:
		if (tool_engine(optarg, &a->engine))
			return -1;
		return tool_usage(a->cmd, "--engine %s: interp or jit", optarg);
	case OPT_JSON:
		a->json = true;
		return -1;
	case 'h':
	case OPT_HELP:
		return tool_help(a->cmd);
	default:
		return tool_bad_option(a->cmd, argv, c);
	}
}

static int cmd_attach_run(int argc, char **argv)
{
	struct attach a = { .cmd = &cmd_attach };
	int c, status;

	opterr = 0;
	while ((c = getopt_long(argc, argv, ":i:h", options, NULL)) != -1) {
		status = take_option(&a, c, argv);
		if (status >= 0)
			return status;
	}
	if (a.replace && (a.set_hook || a.device || a.opts.flags))
		return tool_usage(&cmd_attach,
				  "--replace keeps the hook, the device and "
				  "--drop as they are");
	if (a.replace && !a.name)
		return tool_usage(&cmd_attach, "--replace wants --name");
	if (!a.set_hook && !a.replace)
		return tool_usage(&cmd_attach, "where? (--hook HOOK)");
	if (is_device_hook(a.opts.hook) && !a.device && !a.replace)
		return tool_usage(&cmd_attach, "--hook %s wants a device (-i)",
				  weir_hook__name(a.opts.hook));
	if (a.name && (!*a.name || strlen(a.name) >= WEIR_PIN_LEN ||
		       strpbrk(a.name, "/ \t\n")))
		return tool_usage(&cmd_attach,
				  "--name '%s': 1 to %d characters, without "
				  "spaces and /",
				  a.name, WEIR_PIN_LEN - 1);
	return attach(&a, argv + optind, argc - optind);
}

const struct tool_command cmd_attach = {
	.name = "attach",
	.run = cmd_attach_run,
	.summary = "put a program into the path of packets",
	.usage = "--hook HOOK [-i DEVICE] [--drop] [--name NAME] " SOURCE_USAGE,
	.help = SOURCE_HELP
	"\n"
	"      --hook HOOK     ingress or egress of a device; or netfilter's "
	"prerouting, input,\n"
	"                      forward, output, postrouting, where packets "
	"start at the\n"
	"                      network header\n"
	"  -i, --interface DEV device; for netfilter's hooks: only its packets\n"
	"      --drop          an expression that matches drops the packet; "
	"without this, only\n"
	"                      packets that match pass\n"
	"      --priority N    as netfilter's, default 0; lower is earlier\n"
	"      --ipv4, --ipv6  netfilter: only these\n"
	"      --name NAME     keep it under this name; default HOOK-DEVICE\n"
	"      --replace       put the program into the link of that name, "
	"between two packets\n"
	"      --netns NAME    in this network namespace, by name (ip netns) "
	"or path\n"
	"      --time          take the time of each run (weir stats)\n"
	"      --engine NAME   interp or jit\n"
	"      --json          ids and name as JSON\n\n"
	"Prints the name. `weir detach NAME` ends it, `weir stats` counts.\n",
};

/*
 * weir detach
 */

static int detach_name(const char *name)
{
	struct weir_link *link = weir_link__open(name);
	int err;

	if (!link)
		return tool_fail("detach: %s: %s", name, why_not_open(errno));
	err = weir_link__detach(link);
	weir_link__free(link);
	if (!err)
		err = weir_pin__remove(name);
	return err ? tool_fail("detach: %s: %s", name, strerror(-err))
		   : TOOL_OK;
}

/* Every link of this namespace that has a name. */
static int detach_all(void)
{
	char name[WEIR_PIN_LEN] = "", last[WEIR_PIN_LEN] = "";
	uint32_t object, id;
	int err, status = TOOL_OK;

	while (!(err = weir_pin__next(name, &object, &id))) {
		if (object != WEIR_OBJECT_LINK) {
			strcpy(last, name);
			continue;
		}
		status = detach_name(name);
		if (status)
			return status;
		strcpy(name, last); /* the name itself is gone */
	}
	return err == -ENOENT ? status
			      : tool_fail("detach: %s", why_not_open(-err));
}

/* All there is, so that the module can go; who keeps it from going? */
static int detach_force(void)
{
	uint32_t nr_links, nr_names;
	int err = weir_evict(&nr_links, &nr_names);

	if (err)
		return tool_fail("detach: %s", why_not_open(-err));
	printf("%u links detached, %u names forgotten\n", nr_links, nr_names);
	if (holders_print(stdout))
		printf("the module stays until these are closed\n");
	return tool_flush();
}

static const struct option detach_options[] = {
	{ "all", no_argument, NULL, 'a' },
	{ "force", no_argument, NULL, 'f' },
	{ "help", no_argument, NULL, 'h' },
	{ 0 },
};

static int cmd_detach_run(int argc, char **argv)
{
	bool all = false, force = false;
	int c, status = TOOL_OK;

	opterr = 0;
	while ((c = getopt_long(argc, argv, ":afh", detach_options, NULL)) !=
	       -1) {
		if (c == 'a')
			all = true;
		else if (c == 'f')
			force = true;
		else if (c == 'h')
			return tool_help(&cmd_detach);
		else
			return tool_bad_option(&cmd_detach, argv, c);
	}
	if (all == (optind < argc))
		return tool_usage(&cmd_detach, "which? (NAME, or --all)");
	if (force && !all)
		return tool_usage(&cmd_detach, "--force goes with --all");
	if (all)
		return force ? detach_force() : detach_all();
	for (int i = optind; i < argc && !status; i++)
		status = detach_name(argv[i]);
	return status;
}

const struct tool_command cmd_detach = {
	.name = "detach",
	.run = cmd_detach_run,
	.summary = "take programs out of the path of packets",
	.usage = "NAME... | --all [--force]",
	.help = "  -a, --all           every link of this network namespace that "
		"has a name\n"
		"  -f, --force         with --all: every link of every namespace, "
		"and all names, so\n"
		"                      that the module can be removed; says which "
		"processes still\n"
		"                      hold it\n",
};
