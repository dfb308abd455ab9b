/* SPDX-License-Identifier: GPL-2.0-only */

/* Item: 1 head, 2 tail */

#define BUG_ON 1
#define NULL_DEREFERENCE 2
#define USE_AFTER_FREE 3

byte finding;  /* what ended the run; nobody steps any more */
bit warned;
byte at_0 = 1;  /* where cpu0() is; 0 is the end */
byte at_1 = 1;  /* where cpu1() is; 0 is the end */

byte Item_n_plus_8[3] = {0, 7, 8};
byte Item_c[6];
byte Item_kind[3] = {0, 2, 1};
bit Item_ready[3];
byte Item_next[3] = {0, 2, 0};
bit Item_freed[3];

/* Used within a step, and no part of the state. */
hidden int t_1;
hidden int item_1;
hidden int t_2;
hidden int t_3;
hidden int t_4;
hidden int t_5;
hidden int n_1;
hidden int picked_1;
hidden byte always_short;  /* always short */
hidden byte end_kinds_are_known;  /* end kinds are known */

active proctype cpu_0()  /* cpu0() */
{
  byte c0_item_1;
  byte c0_t_1;
  short c0_n_1;
  do
  /* cpu0:23 head.next */
  :: atomic { d_step { at_0 == 1 && !finding ->
      if :: Item_freed[1] -> finding = USE_AFTER_FREE; goto out_c0_1 :: else -> skip fi;
      t_1 = Item_next[1];
      item_1 = t_1;
      if
      :: (item_1 == 0) ->
        at_0 = 0;
      :: else ->
        c0_item_1 = item_1;
        at_0 = 2;
      fi;
      out_c0_1: skip;
    };
    if :: at_0 == 0 -> goto end_0 :: else -> skip fi }
  /* cpu0:24 item.kind */
  :: d_step { at_0 == 2 && !finding ->
      if :: c0_item_1 == 0 -> finding = NULL_DEREFERENCE; goto out_c0_2 :: else -> skip fi;
      if :: Item_freed[c0_item_1] -> finding = USE_AFTER_FREE; goto out_c0_2 :: else -> skip fi;
      t_1 = Item_kind[c0_item_1];
      c0_t_1 = t_1;
      at_0 = 3;
      out_c0_2: skip;
    }
  /* cpu0:24 if item is None or WARN_ON(item.kind == 0): */
  :: atomic { d_step { at_0 == 3 && !finding ->
      warned = (warned || (c0_t_1 == 0));
      if
      :: (c0_t_1 == 0) ->
        c0_item_1 = 0;
        c0_t_1 = 0;
        at_0 = 0;
      :: else ->
        c0_t_1 = 0;
        at_0 = 4;
      fi;
    };
    if :: at_0 == 0 -> goto end_0 :: else -> skip fi }
  /* cpu0:27 item.c[0] */
  :: d_step { at_0 == 4 && !finding && (!(c0_item_1) || (Item_freed[c0_item_1] || (!(c0_item_1) || (Item_freed[c0_item_1] || (!(c0_item_1) || (Item_freed[c0_item_1] || (Item_ready[c0_item_1] || (!(c0_item_1) || (Item_freed[c0_item_1] || ((Item_c[c0_item_1 * 2 + 0] + 1) > 1)))))))))) ->
      if :: c0_item_1 == 0 -> finding = NULL_DEREFERENCE; goto out_c0_4 :: else -> skip fi;
      if :: Item_freed[c0_item_1] -> finding = USE_AFTER_FREE; goto out_c0_4 :: else -> skip fi;
      t_1 = Item_c[c0_item_1 * 2 + 0];
      if :: Item_freed[c0_item_1] -> finding = USE_AFTER_FREE; goto out_c0_4 :: else -> skip fi;
      assert(0 <= (t_1 + 1) && (t_1 + 1) <= 7);
      Item_c[c0_item_1 * 2 + 0] = (t_1 + 1);
      if :: Item_freed[c0_item_1] -> finding = USE_AFTER_FREE; goto out_c0_4 :: else -> skip fi;
      t_2 = Item_ready[c0_item_1];
      if
      :: t_2 ->
        n13_c0_4: skip;
        t_4 = 1;
        n15_c0_4: skip;
        t_4;
        if :: c0_item_1 == 0 -> finding = NULL_DEREFERENCE; goto out_c0_4 :: else -> skip fi;
        if :: Item_freed[c0_item_1] -> finding = USE_AFTER_FREE; goto out_c0_4 :: else -> skip fi;
        t_5 = (Item_n_plus_8[c0_item_1] - 8);
        if :: (t_5 > 1) -> finding = BUG_ON; goto out_c0_4 :: else -> skip fi;
        n_1 = 0;
        c0_n_1 = n_1;
        at_0 = 5;
      :: else ->
        if :: Item_freed[c0_item_1] -> finding = USE_AFTER_FREE; goto out_c0_4 :: else -> skip fi;
        t_3 = Item_c[c0_item_1 * 2 + 0];
        if
        :: (t_3 > 1) ->
          goto n13_c0_4;
        :: else ->
          t_4 = 0;
          goto n15_c0_4;
        fi;
      fi;
      out_c0_4: skip;
    }
  /* cpu0:32 item.ready */
  :: d_step { at_0 == 5 && !finding ->
      n_1 = c0_n_1;
      if :: c0_item_1 == 0 -> finding = NULL_DEREFERENCE; goto out_c0_5_0 :: else -> skip fi;
      if :: Item_freed[c0_item_1] -> finding = USE_AFTER_FREE; goto out_c0_5_0 :: else -> skip fi;
      t_1 = Item_ready[c0_item_1];
      if
      :: t_1 ->
        t_2 = 0;
        n_1 = t_2;
        n23_c0_5_0: skip;
        if :: c0_item_1 == 0 -> finding = NULL_DEREFERENCE; goto out_c0_5_0 :: else -> skip fi;
        if :: Item_freed[c0_item_1] -> finding = USE_AFTER_FREE; goto out_c0_5_0 :: else -> skip fi;
        assert(0 <= n_1 && n_1 < 2);
        assert(0 <= ((~n_1) & 3) && ((~n_1) & 3) <= 7);
        Item_c[c0_item_1 * 2 + n_1] = ((~n_1) & 3);
        c0_n_1 = 0;
        at_0 = 6;
      :: else ->
        goto n23_c0_5_0;
      fi;
      out_c0_5_0: skip;
    }
  :: d_step { at_0 == 5 && !finding && (c0_item_1 && (!(Item_freed[c0_item_1]) && (Item_ready[c0_item_1] != 0))) ->
      n_1 = c0_n_1;
      if :: c0_item_1 == 0 -> finding = NULL_DEREFERENCE; goto out_c0_5_1 :: else -> skip fi;
      if :: Item_freed[c0_item_1] -> finding = USE_AFTER_FREE; goto out_c0_5_1 :: else -> skip fi;
      t_1 = Item_ready[c0_item_1];
      if
      :: t_1 ->
        t_2 = 1;
        n_1 = t_2;
        n23_c0_5_1: skip;
        if :: c0_item_1 == 0 -> finding = NULL_DEREFERENCE; goto out_c0_5_1 :: else -> skip fi;
        if :: Item_freed[c0_item_1] -> finding = USE_AFTER_FREE; goto out_c0_5_1 :: else -> skip fi;
        assert(0 <= n_1 && n_1 < 2);
        assert(0 <= ((~n_1) & 3) && ((~n_1) & 3) <= 7);
        Item_c[c0_item_1 * 2 + n_1] = ((~n_1) & 3);
        c0_n_1 = 0;
        at_0 = 6;
      :: else ->
        goto n23_c0_5_1;
      fi;
      out_c0_5_1: skip;
    }
  /* cpu0:35 kfree(item) */
  :: d_step { at_0 == 6 && !finding ->
      if :: c0_item_1 == 0 -> finding = NULL_DEREFERENCE; goto out_c0_6 :: else -> skip fi;
      if :: Item_freed[c0_item_1] -> finding = USE_AFTER_FREE; goto out_c0_6 :: else -> skip fi;
      Item_freed[c0_item_1] = 1;
      c0_item_1 = 0;
      at_0 = 7;
      out_c0_6: skip;
    }
  /* cpu0:36 head.next */
  :: d_step { at_0 == 7 && !finding ->
      if :: Item_freed[1] -> finding = USE_AFTER_FREE; goto out_c0_7 :: else -> skip fi;
      t_1 = Item_next[1];
      c0_t_1 = t_1;
      at_0 = 8;
      out_c0_7: skip;
    }
  /* cpu0:36 head.next.c[1] = 0 */
  :: atomic { d_step { at_0 == 8 && !finding ->
      if :: c0_t_1 == 0 -> finding = NULL_DEREFERENCE; goto out_c0_8 :: else -> skip fi;
      if :: Item_freed[c0_t_1] -> finding = USE_AFTER_FREE; goto out_c0_8 :: else -> skip fi;
      Item_c[c0_t_1 * 2 + 1] = 0;
      c0_t_1 = 0;
      at_0 = 0;
      out_c0_8: skip;
    };
    if :: at_0 == 0 -> goto end_0 :: else -> skip fi }
  od;
end_0: false
}

active proctype cpu_1()  /* cpu1() */
{
  byte c1_item_1;
  short c1_t_1;
  do
  /* cpu1:40 head.next */
  :: d_step { at_1 == 1 && !finding ->
      if :: Item_freed[1] -> finding = USE_AFTER_FREE; goto out_c1_1 :: else -> skip fi;
      t_1 = Item_next[1];
      item_1 = t_1;
      c1_item_1 = item_1;
      at_1 = 2;
      out_c1_1: skip;
    }
  /* cpu1:41 picked = choose(3) */
  :: d_step { at_1 == 2 && !finding ->
      t_1 = 0;
      picked_1 = t_1;
      if
      :: (picked_1 == 1) ->
        at_1 = 3;
      :: else ->
        if
        :: (picked_1 == 2) ->
          at_1 = 5;
        :: else ->
          at_1 = 6;
        fi;
      fi;
    }
  :: d_step { at_1 == 2 && !finding ->
      t_1 = 1;
      picked_1 = t_1;
      if
      :: (picked_1 == 1) ->
        at_1 = 3;
      :: else ->
        if
        :: (picked_1 == 2) ->
          at_1 = 5;
        :: else ->
          at_1 = 6;
        fi;
      fi;
    }
  :: d_step { at_1 == 2 && !finding ->
      t_1 = 2;
      picked_1 = t_1;
      if
      :: (picked_1 == 1) ->
        at_1 = 3;
      :: else ->
        if
        :: (picked_1 == 2) ->
          at_1 = 5;
        :: else ->
          at_1 = 6;
        fi;
      fi;
    }
  /* cpu1:43 item.n */
  :: d_step { at_1 == 3 && !finding ->
      if :: c1_item_1 == 0 -> finding = NULL_DEREFERENCE; goto out_c1_3 :: else -> skip fi;
      if :: Item_freed[c1_item_1] -> finding = USE_AFTER_FREE; goto out_c1_3 :: else -> skip fi;
      t_1 = (Item_n_plus_8[c1_item_1] - 8);
      c1_t_1 = t_1;
      at_1 = 4;
      out_c1_3: skip;
    }
  /* cpu1:43 item.n = -item.n + 2 */
  :: d_step { at_1 == 4 && !finding ->
      if :: c1_item_1 == 0 -> finding = NULL_DEREFERENCE; goto out_c1_4 :: else -> skip fi;
      if :: Item_freed[c1_item_1] -> finding = USE_AFTER_FREE; goto out_c1_4 :: else -> skip fi;
      assert(-8 <= ((0 - c1_t_1) + 2) && ((0 - c1_t_1) + 2) <= 7);
      Item_n_plus_8[c1_item_1] = ((0 - c1_t_1) + 2) + 8;
      c1_t_1 = 0;
      at_1 = 6;
      out_c1_4: skip;
    }
  /* cpu1:45 head.next = None */
  :: d_step { at_1 == 5 && !finding ->
      if :: Item_freed[1] -> finding = USE_AFTER_FREE; goto out_c1_5 :: else -> skip fi;
      Item_next[1] = 0;
      at_1 = 6;
      out_c1_5: skip;
    }
  /* cpu1:46 item.ready = True */
  :: d_step { at_1 == 6 && !finding ->
      if :: c1_item_1 == 0 -> finding = NULL_DEREFERENCE; goto out_c1_6 :: else -> skip fi;
      if :: Item_freed[c1_item_1] -> finding = USE_AFTER_FREE; goto out_c1_6 :: else -> skip fi;
      Item_ready[c1_item_1] = 1;
      at_1 = 7;
      out_c1_6: skip;
    }
  /* cpu1:47 item.kind = 0 */
  :: atomic { d_step { at_1 == 7 && !finding ->
      if :: c1_item_1 == 0 -> finding = NULL_DEREFERENCE; goto out_c1_7 :: else -> skip fi;
      if :: Item_freed[c1_item_1] -> finding = USE_AFTER_FREE; goto out_c1_7 :: else -> skip fi;
      Item_kind[c1_item_1] = 0;
      c1_item_1 = 0;
      at_1 = 0;
      out_c1_7: skip;
    };
    if :: at_1 == 0 -> goto end_1 :: else -> skip fi }
  od;
end_1: false
}

active proctype properties()
{
  do
  :: d_step { finding -> assert(finding == 0) }
  :: d_step { warned -> assert(warned == 0) }
  :: d_step { true ->
      if :: Item_freed[1] -> always_short = 0; goto out_always_short :: else -> skip fi;
      t_1 = Item_c[2];
      if
      :: (t_1 > 2) ->
        t_2 = 0;
        always_short = (t_2 != 0);
      :: else ->
        if :: Item_freed[2] -> always_short = 0; goto out_always_short :: else -> skip fi;
        t_3 = Item_c[4];
        if
        :: (t_3 > 2) ->
          t_2 = 0;
          always_short = (t_2 != 0);
        :: else ->
          t_2 = 1;
          always_short = (t_2 != 0);
        fi;
      fi;
      out_always_short: skip;
      assert(always_short);
    }
  :: d_step { at_0 == 0 && at_1 == 0 && !finding ->
      if :: Item_freed[1] -> end_kinds_are_known = 0; goto out_end_kinds_are_known :: else -> skip fi;
      t_1 = Item_kind[1];
      end_kinds_are_known = ((t_1 > 0) != 0);
      out_end_kinds_are_known: skip;
      assert(end_kinds_are_known);
    }
  od
}
