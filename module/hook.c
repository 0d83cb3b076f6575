// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Chains of links, and the packets that come by.
 *
 * Locking: hooks_lock orders everything that changes chains; packets only read,
 * under the RCU read side that netfilter holds around a hook. Devices are found
 * and lost under the RTNL, which comes before hooks_lock. What is taken out is
 * freed a grace period later.
 *
 *	chains --> chain (registered with netfilter)
 *		     |--> link --> slot --> program
 *		     |--> link --> slot --> program
 */
#include <linux/etherdevice.h>
#include <linux/if_arp.h>
#include <linux/ktime.h>
#include <linux/mutex.h>
#include <linux/netdevice.h>
#include <linux/netfilter.h>
#include <linux/netfilter_netdev.h>
#include <linux/rculist.h>
#include <linux/rtnetlink.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <net/net_namespace.h>

#include "base/prog.h"
#include "base/run.h"
#include "module/hook.h"
#include "module/link.h"
#include "module/tap.h"
#include "module/verdict.h"
#include "runtime/loaded.h"

/**
 * struct weir_chain - the links of one place
 * @node:	in the list of all chains
 * @links:	in the order they run; never empty while it is registered
 * @ops:	what netfilter knows of it
 * @net:	its namespace; the chain goes before the namespace does
 * @rcu:	its end
 */
struct weir_chain {
	struct list_head node;
	struct list_head links;
	struct nf_hook_ops ops;
	struct net *net;
	struct rcu_head rcu;
};

static DEFINE_MUTEX(hooks_lock);
static LIST_HEAD(chains);

/*
 * Packets
 */

/* One run: what is to happen to the packet. */
static enum weir_decision run_link(const struct weir_link *link,
				   const struct weir_slot *slot,
				   struct sk_buff *skb,
				   const struct net_device *dev)
{
	struct weir_link_counters *count = this_cpu_ptr(link->counters);
	u64 start = link->flags & WEIR_ATTACH_TIME ? ktime_get_ns() : 0;
	enum weir_decision decision = WEIR_DECIDE_DROP;
	struct weir_run run;
	u32 verdict;

	local64_inc(&count->packets);
	local64_add(skb->len, &count->bytes);
	/* Without the bytes it asks for, a program cannot say pass. */
	if (weir_skb_run_init(&run, &slot->view, skb, dev))
		goto decided;
	verdict = weir_loaded_run(slot->loaded, &run);
	weir_skb_run_end(&run, &slot->view, skb);
	if (run.exit.kind == WEIR_EXIT_GUARD)
		local64_inc(&count->guard_exits);
	if (link->tap && verdict)
		local64_inc(weir_tap_packet(link->tap, skb, dev, link->hook,
					    verdict)
				    ? &count->captured
				    : &count->lost);
	decision = weir_verdict_decide(slot->loaded->prog->kind, link->flags,
				       verdict);
decided:
	if (decision >= WEIR_DECIDE_DROP)
		local64_inc(&count->dropped);
	if (decision == WEIR_DECIDE_REFUSE)
		local64_inc(&count->refused);
	if (link->flags & WEIR_ATTACH_TIME)
		local64_add(ktime_get_ns() - start, &count->run_ns);
	return decision;
}

static bool wants_device(const struct weir_link *link,
			 const struct net_device *dev)
{
	return !link->ifindex || (dev && link->ifindex == dev->ifindex);
}

/* All links in turn. Return: does the packet go on? */
static bool run_chain(const struct weir_chain *chain, struct sk_buff *skb,
		      const struct net_device *dev)
{
	enum weir_decision decision = WEIR_DECIDE_NEXT;
	const struct weir_slot *slot;
	const struct weir_link *link;

	/* Per-CPU values are of the run alone, as Linux has it. */
	local_bh_disable();
	list_for_each_entry_rcu(link, &chain->links, in_chain)
	{
		slot = rcu_dereference(link->slot);
		if (!slot || !wants_device(link, dev))
			continue;
		decision = run_link(link, slot, skb, dev);
		if (decision != WEIR_DECIDE_NEXT)
			break;
	}
	local_bh_enable();
	return decision < WEIR_DECIDE_DROP;
}

static unsigned int hook_network(void *priv, struct sk_buff *skb,
				 const struct nf_hook_state *state)
{
	bool in = state->hook <= NF_INET_FORWARD;

	return run_chain(priv, skb, in ? state->in : state->out) ? NF_ACCEPT
								 : NF_DROP;
}

/* The link-layer header is in front of what the kernel looks at now. */
static unsigned int hook_ingress(void *priv, struct sk_buff *skb,
				 const struct nf_hook_state *state)
{
	u32 mac_len = skb->data - skb_mac_header(skb);

	__skb_push(skb, mac_len);
	if (!run_chain(priv, skb, state->in))
		return NF_DROP;
	if (skb->data != skb_mac_header(skb) &&
	    skb->dev->type == ARPHRD_ETHER) {
		/* a program moved the start: whatever is there is the header */
		skb->protocol = eth_type_trans(skb, skb->dev);
		skb->ip_summed = CHECKSUM_NONE;
		skb_reset_network_header(skb);
		skb_reset_mac_len(skb);
		return NF_ACCEPT;
	}
	__skb_pull(skb, mac_len);
	return NF_ACCEPT;
}

static unsigned int hook_egress(void *priv, struct sk_buff *skb,
				const struct nf_hook_state *state)
{
	return run_chain(priv, skb, state->out) ? NF_ACCEPT : NF_DROP;
}

/*
 * Chains
 */

static u8 family(u32 flags)
{
	if (flags & WEIR_ATTACH_IPV4)
		return flags & WEIR_ATTACH_IPV6 ? NFPROTO_INET : NFPROTO_IPV4;
	return flags & WEIR_ATTACH_IPV6 ? NFPROTO_IPV6 : NFPROTO_INET;
}

static int describe(const struct weir_link *link, struct net_device *dev,
		    struct nf_hook_ops *ops)
{
	*ops = (struct nf_hook_ops){
		.pf = NFPROTO_NETDEV,
		.dev = dev,
		.priority = link->priority,
	};
	switch (link->hook) {
	case WEIR_HOOK_INGRESS:
		ops->hook = hook_ingress;
		ops->hooknum = NF_NETDEV_INGRESS;
		return IS_ENABLED(CONFIG_NETFILTER_INGRESS) ? 0 : -EOPNOTSUPP;
	case WEIR_HOOK_EGRESS:
		ops->hook = hook_egress;
		ops->hooknum = NF_NETDEV_EGRESS;
		return IS_ENABLED(CONFIG_NETFILTER_EGRESS) ? 0 : -EOPNOTSUPP;
	default:
		ops->hook = hook_network;
		ops->hooknum = link->hook;
		ops->pf = family(link->flags);
		ops->dev = NULL;
		return 0;
	}
}

static bool is_same_place(const struct weir_chain *chain, const struct net *net,
			  const struct nf_hook_ops *ops)
{
	return chain->net == net && chain->ops.pf == ops->pf &&
	       chain->ops.hooknum == ops->hooknum &&
	       chain->ops.dev == ops->dev &&
	       chain->ops.priority == ops->priority;
}

static u32 nr_links(const struct net *net)
{
	const struct weir_chain *chain;
	const struct weir_link *link;
	u32 nr = 0;

	list_for_each_entry(chain, &chains, node) {
		if (chain->net != net)
			continue;
		list_for_each_entry(link, &chain->links, in_chain)
			nr++;
	}
	return nr;
}

/* Register a chain whose first link is this one. */
static int new_chain(struct weir_link *link, struct net *net,
		     const struct nf_hook_ops *ops)
{
	struct weir_chain *chain = kzalloc(sizeof(*chain), GFP_KERNEL_ACCOUNT);
	int err;

	if (!chain)
		return -ENOMEM;
	INIT_LIST_HEAD(&chain->links);
	chain->net = net;
	chain->ops = *ops;
	chain->ops.priv = chain;
	list_add_tail(&link->in_chain, &chain->links);
	err = nf_register_net_hook(net, &chain->ops);
	if (err) {
		kfree(chain);
		return err;
	}
	list_add_tail(&chain->node, &chains);
	link->chain = chain;
	return 0;
}

static int add_link(struct weir_link *link, struct net *net,
		    struct net_device *dev)
{
	struct weir_chain *chain;
	struct nf_hook_ops ops;
	int err = describe(link, dev, &ops);

	if (err)
		return err;
	if (nr_links(net) >= WEIR_MAX_LINKS)
		return -E2BIG;
	list_for_each_entry(chain, &chains, node) {
		if (!is_same_place(chain, net, &ops))
			continue;
		list_add_tail_rcu(&link->in_chain, &chain->links);
		link->chain = chain;
		return 0;
	}
	return new_chain(link, net, &ops);
}

int weir_hook_add(struct weir_link *link, struct net *net)
{
	struct net_device *dev = NULL;
	int err = -ENODEV;

	rtnl_lock();
	mutex_lock(&hooks_lock);
	if (link->ifindex) {
		dev = __dev_get_by_index(net, link->ifindex);
		if (!dev || dev->reg_state != NETREG_REGISTERED)
			goto out;
	}
	err = add_link(link, net, dev);
out:
	mutex_unlock(&hooks_lock);
	rtnl_unlock();
	return err;
}

/* Out of its chain; packets may still be in it. */
static void remove_link(struct weir_link *link)
{
	struct weir_chain *chain = link->chain;

	lockdep_assert_held(&hooks_lock);
	list_del_rcu(&link->in_chain);
	link->chain = NULL;
	if (!list_empty(&chain->links))
		return;
	list_del(&chain->node);
	nf_unregister_net_hook(chain->net, &chain->ops);
	kfree_rcu(chain, rcu);
}

void weir_hook_remove(struct weir_link *link)
{
	mutex_lock(&hooks_lock);
	if (link->chain)
		remove_link(link);
	mutex_unlock(&hooks_lock);
	/* also for one whose device has just gone */
	synchronize_rcu();
}

int weir_hook_replace(struct weir_link *link, struct weir_slot **slot,
		      const struct weir_loaded *old)
{
	struct weir_slot *was;
	int err = 0;

	mutex_lock(&hooks_lock);
	was = rcu_dereference_protected(link->slot,
					lockdep_is_held(&hooks_lock));
	if (!link->chain)
		err = -ENOLINK;
	else if (old && was->loaded != old)
		err = -EBUSY;
	else
		rcu_assign_pointer(link->slot, *slot);
	mutex_unlock(&hooks_lock);
	if (err)
		return err;
	synchronize_rcu();
	*slot = was;
	return 0;
}

/*
 * Devices and namespaces that go
 */

/* Of one namespace or (NULL) all, of one device or (0) all. How many? */
static u32 remove_links(const struct net *net, int ifindex)
{
	struct weir_chain *chain, *next_chain;
	struct weir_link *link, *next;
	u32 nr = 0;

	mutex_lock(&hooks_lock);
	list_for_each_entry_safe(chain, next_chain, &chains, node) {
		struct list_head *links = &chain->links;

		if (net && chain->net != net)
			continue;
		/* The chain goes with its last link: it is not looked at then. */
		for (link = list_first_entry(links, typeof(*link), in_chain);
		     &link->in_chain != links; link = next) {
			bool last = list_is_last(&link->in_chain, links);

			next = list_next_entry(link, in_chain);
			if (!ifindex || link->ifindex == ifindex) {
				remove_link(link);
				nr++;
			}
			if (last)
				break;
		}
	}
	mutex_unlock(&hooks_lock);
	return nr;
}

u32 weir_hook_remove_all(void)
{
	u32 nr = remove_links(NULL, 0);

	synchronize_rcu();
	return nr;
}

static int device_event(struct notifier_block *nb, unsigned long event,
			void *ptr)
{
	const struct net_device *dev = netdev_notifier_info_to_dev(ptr);

	if (event == NETDEV_UNREGISTER)
		remove_links(dev_net(dev), dev->ifindex);
	return NOTIFY_DONE;
}

static struct notifier_block device_notifier = { .notifier_call =
							 device_event };

static void namespace_exit(struct net *net)
{
	remove_links(net, 0);
}

static struct pernet_operations namespace_ops = { .exit = namespace_exit };

int weir_hook_init(void)
{
	int err = register_pernet_subsys(&namespace_ops);

	if (err)
		return err;
	err = register_netdevice_notifier(&device_notifier);
	if (err)
		unregister_pernet_subsys(&namespace_ops);
	return err;
}

void weir_hook_exit(void)
{
	unregister_netdevice_notifier(&device_notifier);
	unregister_pernet_subsys(&namespace_ops);
	rcu_barrier();
}
